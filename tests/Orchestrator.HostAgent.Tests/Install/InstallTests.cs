using System.Diagnostics;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Install;

/// <summary>What installs an agent, judged by the programs that will read it; each judge is seen to refuse what is broken.</summary>
public sealed class InstallTests
{
    private const string Unit = "orchestrator-agent.service";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Systemd_has_nothing_to_say_about_the_unit() => Assert.Equal("", await VerifyAsync(ReadUnit()));

    [Theory]
    [InlineData("Type=notify", "Type=notfy")]
    [InlineData("KillMode=process", "KillMode=proces")]
    [InlineData("Restart=always", "Restart=allways")]
    [InlineData("Delegate=yes", "Delegates=yes")]
    [InlineData("LimitNOFILE=1048576", "LimitNOFILE=many")]
    [InlineData("ExecStart=/bin/true", "ExecStart=/opt/no-such-program")]
    public async Task Systemd_sees_what_is_wrong_with_a_unit(string right, string wrong)
    {
        var unit = ReadUnit();
        Assert.Contains(right, unit, StringComparison.Ordinal);

        Assert.NotEqual("", await VerifyAsync(unit.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Type=notify")]
    [InlineData("KillMode=process")]
    [InlineData("Delegate=yes")]
    [InlineData("Restart=always")]
    [InlineData("StateDirectory=orchestrator-agent")]
    public void The_unit_has_what_instances_rely_on(string setting) =>
        Assert.Contains(setting, ReadUnit().Split('\n'), StringComparer.Ordinal);

    [Theory]
    [InlineData("user-data.debian.yaml")]
    [InlineData("user-data.photon.yaml")]
    public async Task Cloud_init_takes_the_user_data(string name)
    {
        var (code, said) = await CheckAsync(Read(name));

        Assert.True(code == 0, said);
    }

    [Theory]
    [InlineData("  - path: /etc", "  - pathh: /etc")]
    [InlineData("    permissions: '0600'", "    permissions: 600")]
    [InlineData("runcmd:\n", "runcmd: sh\nothers:\n")]
    [InlineData("write_files:\n", "write_files:\n  - nothing\n")]
    public async Task Cloud_init_sees_what_is_wrong_with_user_data(string right, string wrong)
    {
        foreach (var name in (string[])["user-data.debian.yaml", "user-data.photon.yaml"])
        {
            var text = Read(name);
            Assert.Contains(right, text, StringComparison.Ordinal);

            var (code, said) = await CheckAsync(text.Replace(right, wrong, StringComparison.Ordinal));

            Assert.True(code != 0, $"{name} with '{wrong}' was taken: {said}");
        }
    }

    [Theory]
    [InlineData("user-data.debian.yaml")]
    [InlineData("user-data.photon.yaml")]
    public async Task The_shell_can_read_what_runs_at_the_first_boot(string name)
    {
        var script = string.Join(
            '\n',
            Read(name).Split('\n').SkipWhile(line => line.Trim() != "- |").Skip(1).Select(line => line.Trim())
        );
        Assert.Contains("orchestrator-agent join CONTROL_PLANE_URL --token-file", script, StringComparison.Ordinal);

        var (code, said) = await RunAsync("/bin/sh", "-n", "-c", script);

        Assert.True(code == 0, said);
    }

    private static async Task<string> VerifyAsync(string unit)
    {
        Assert.SkipUnless(IsInPath("systemd-analyze"), "systemd-analyze is not installed");
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, Unit);
        await File.WriteAllTextAsync(path, unit, Token);
        var (code, said) = await RunAsync("systemd-analyze", "verify", "--man=no", path);
        return code == 0 ? said : $"{code}: {said}";
    }

    private static async Task<(int Code, string Said)> CheckAsync(string userData)
    {
        Assert.SkipUnless(IsInPath("cloud-init"), "cloud-init is not installed");
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "user-data");
        await File.WriteAllTextAsync(path, userData, Token);
        return await RunAsync("cloud-init", "schema", "--config-file", path);
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new UnreachableException($"{program} did not start.");
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, (output + await errors).Trim());
    }

    /// <summary>The program is not installed here, and a unit whose program is missing is refused.</summary>
    private static string ReadUnit() =>
        Read(Unit)
            .Replace(
                "ExecStart=/opt/orchestrator-agent/orchestrator-agent",
                "ExecStart=/bin/true",
                StringComparison.Ordinal
            );

    private static string Read(string name)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Orchestrator.sln")))
        {
            directory = directory.Parent;
        }

        return File.ReadAllText(Path.Combine(directory.FullName, "services", "HostAgent", "Install", name));
    }

    private static bool IsInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(directory => File.Exists(Path.Combine(directory, program)));
}
