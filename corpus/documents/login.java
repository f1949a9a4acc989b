/**
 * 用户登录接口
 * @param name 用户名
 * @return 登录结果
 */
public Result login(String name) {
    // 参数校验
    if (name == null) {
        throw new Exception("用户名不能为空");
    }
    String msg = "登录成功"; // 提示信息
    log.info("用户" + name + "登录成功");
    return Result.ok(msg); /* 返回结果 */
}
