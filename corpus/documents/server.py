# -*- coding: utf-8 -*-
"""读取配置并启动服务"""
import os


class Server(object):
    """服务器对象"""

    def __init__(self, port=8080):
        self.port = port  # 监听端口
        self.name = "默认名称"

    def start(self):
        # 启动之前先检查端口是否被占用
        if self.busy():
            print("端口已被占用")
            return False
        print("服务已经启动，监听端口: %d" % self.port)  # 打印日志
        return True
