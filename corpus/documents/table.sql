CREATE TABLE `user_info` (
  `id` int(11) NOT NULL COMMENT '主键编号',
  `name` varchar(32) DEFAULT NULL COMMENT '用户名',
  `file` varchar(64) DEFAULT NULL COMMENT '文件名',
  `age` int(3) DEFAULT '0' COMMENT '年龄，单位岁',
  `addr` varchar(255) DEFAULT '' COMMENT '联系地址',
  `memo` text COMMENT '备注信息',
  `gmt` datetime DEFAULT NULL COMMENT '创建时间',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COMMENT='用户基本信息表';
INSERT INTO `user_info` VALUES (1, '李小明', '简历.doc', 25, '北京市海淀区', '无');
INSERT INTO `user_info` VALUES (2, '王建国', '合同.pdf', 41, '上海市浦东新区', '需要回访');
