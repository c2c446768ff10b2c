namespace Orchestrator.Samples.Tests;

public sealed class RoleTests
{
    [Fact]
    public void A_service_is_told_who_it_is_and_whom_it_calls_by_its_environment()
    {
        var role = Role.Parse(
            [],
            AnEnvironment(
                "PORT=8080",
                "ORC_SERVICE=frontend",
                "ORC_STAGE=prod",
                "ORC_VERSION=1.0.0",
                "ORC_INSTANCE=frontend-1",
                "ORC_GATEWAY=http://127.0.0.1:7480",
                "SAMPLE_CALLS= cartservice  adservice ",
                "SAMPLE_ERROR_PERCENT=20",
                "SAMPLE_DELAY_MS=5"
            )
        );

        var settings = Assert.IsType<Role.Serve>(role).Settings;
        Assert.Equal(
            (8080, "frontend", "1.0.0", "frontend-1"),
            (settings.Port, settings.Service, settings.Version, settings.Instance)
        );
        Assert.Equal(
            [
                new Downstream("cartservice", new Uri("http://127.0.0.1:7480/prod/cartservice/")),
                new Downstream("adservice", new Uri("http://127.0.0.1:7480/prod/adservice/")),
            ],
            settings.Calls
        );
        Assert.Equal(new Chaos(ErrorPercent: 20, DelayMilliseconds: 5), settings.Chaos);
    }

    [Fact]
    public void A_load_generator_in_the_fleet_reaches_a_service_by_its_bare_name()
    {
        var role = Role.Parse(
            [],
            AnEnvironment(
                "SAMPLE_ROLE=load",
                "SAMPLE_TARGET=frontend http://127.0.0.1:9/x",
                "SAMPLE_RPS=2.5",
                "ORC_STAGE=staging",
                "ORC_GATEWAY=http://127.0.0.1:7480/"
            )
        );

        var settings = Assert.IsType<Role.Generate>(role).Settings;
        Assert.Equal(
            [new Uri("http://127.0.0.1:7480/staging/frontend/"), new Uri("http://127.0.0.1:9/x")],
            settings.Targets
        );
        Assert.Equal(2.5, settings.RequestsPerSecond);
        Assert.Null(settings.Port);
        Assert.Null(settings.Duration);
    }

    [Fact]
    public void A_load_generator_is_told_what_to_do_by_its_command_line()
    {
        var role = Role.Parse(
            [
                "load",
                "--url",
                "http://127.0.0.1:1/a",
                "--url",
                "http://127.0.0.1:1/b",
                "--rps",
                "20",
                "--seconds",
                "3",
                "--report",
                "r.json",
                "--port",
                "81",
            ],
            AnEnvironment()
        );

        var settings = Assert.IsType<Role.Generate>(role).Settings;
        Assert.Equal(["/a", "/b"], settings.Targets.Select(target => target.AbsolutePath));
        Assert.Equal(
            (20, TimeSpan.FromSeconds(3), "r.json", 81),
            (settings.RequestsPerSecond, settings.Duration, settings.ReportFile, settings.Port)
        );
    }

    [Theory]
    [InlineData("PORT is missing", "ORC_SERVICE=cart")]
    [InlineData("PORT is a whole number from 1 to 65535, not '70000'", "PORT=70000")]
    [InlineData(
        "SAMPLE_ERROR_PERCENT is a whole number from 0 to 100, not '101'",
        "PORT=1",
        "SAMPLE_ERROR_PERCENT=101"
    )]
    [InlineData("SAMPLE_DELAY_MS is a whole number from 0 to 60000, not '-1'", "PORT=1", "SAMPLE_DELAY_MS=-1")]
    [InlineData("calling 'ads' needs ORC_GATEWAY and ORC_STAGE", "PORT=1", "SAMPLE_CALLS=ads", "ORC_STAGE=prod")]
    [InlineData("SAMPLE_ROLE is 'serve' or 'load'", "PORT=1", "SAMPLE_ROLE=laod")]
    [InlineData("SAMPLE_RPS is a number above 0, at most 10000, not ''", "SAMPLE_ROLE=load", "SAMPLE_TARGET=http://h/")]
    [InlineData("a target is an http:// address, not 'file:///x'", "SAMPLE_ROLE=load", "SAMPLE_TARGET=file:///x")]
    public void A_mistake_in_the_environment_is_named(string reason, params string[] variables) =>
        Assert.Equal(new Role.Misused(reason), Role.Parse([], AnEnvironment(variables)));

    [Theory]
    [InlineData("cannot read '--rps'", "load", "--rps")]
    [InlineData("cannot read '--what'", "load", "--what", "1")]
    [InlineData("from 1 to 16 targets, not 0", "load", "--rps", "1")]
    [InlineData("--rps is a number above 0", "load", "--url", "http://h/", "--rps", "0")]
    [InlineData("--seconds is a whole number", "load", "--url", "http://h/", "--rps", "1", "--seconds", "x")]
    [InlineData("unknown argument 'laod'", "laod")]
    public void A_mistake_on_the_command_line_is_named(string reason, params string[] arguments) =>
        Assert.StartsWith(reason, Assert.IsType<Role.Misused>(Role.Parse(arguments, AnEnvironment())).Reason);

    private static Func<string, string?> AnEnvironment(params string[] variables) =>
        name =>
            variables
                .Select(pair => pair.Split('=', 2))
                .FirstOrDefault(pair => pair[0].Equals(name, StringComparison.Ordinal))
                ?[1];
}
