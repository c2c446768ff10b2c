using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;

namespace Orchestrator.ControlPlane.Tests.Translation;

public sealed class HostReportsTests
{
    [Fact]
    public void A_report_becomes_an_input_with_everything_in_it()
    {
        var isParsed = HostReports.TryParse(AReport(), out var reported, out var problem);

        Assert.True(isParsed, problem);
        var host = reported!.Host;
        Assert.Equal(HostId.Parse("h1"), host.Id);
        Assert.Equal(("s-1", 7L, 3L, 9L, "d-1"), (host.Session, host.Sequence, host.Epoch, host.Revision, host.Digest));
        Assert.Equal(new Resources(4_000, 8_192), host.Capacity);
        Assert.Equal(("oci", "1.2.0"), (host.Runtime, host.AgentVersion));
        Assert.Equal("ssd", host.Labels["disk"]);
        var instance = Assert.Single(host.Instances);
        Assert.Equal((InstanceId.Parse("cart.prod.4"), 2), (instance.Id, instance.Generation));
        Assert.Equal(new Observation(ObservedState.Backoff, "127.0.0.1:4000", 5, "exit code 1"), instance.Observed);
    }

    [Fact]
    public void A_newer_agent_reports_disk_ports_devices_and_what_else_it_counts()
    {
        var report = AReport();
        var facts = report.Facts with
        {
            DiskMebibytes = 1_000,
            DynamicPorts = 200,
            Devices = new Dictionary<string, int> { ["gpu"] = 2 },
            Custom = new Dictionary<string, int> { ["licence.oracle"] = 3 },
        };

        Assert.True(HostReports.TryParse(report with { Facts = facts }, out var reported, out var problem), problem);

        Assert.Equal(
            "4000m, 8192Mi, disk 1000Mi, device/gpu/0 1000, device/gpu/1 1000, licence.oracle 3, port/any 200",
            reported.Host.Capacity.ToString()
        );
    }

    [Fact]
    public void Images_that_a_host_holds_are_numbered_by_their_first_digits_and_sorted()
    {
        var report = AReport() with { Images = ["ffffffffffff", "000000000010", "ffffffffffff"] };

        Assert.True(HostReports.TryParse(report, out var reported, out var problem), problem);
        Assert.True(HostReports.TryParse(AReport(), out var older, out problem), problem);

        Assert.Equal([16L, 0xffff_ffff_ffffL], reported.Host.Images);
        Assert.Empty(older.Host.Images);
    }

    [Fact]
    public void Images_that_are_no_digits_or_too_many_are_refused()
    {
        Assert.Contains("images", ProblemOf(AReport() with { Images = ["FFFFFFFFFFFF"] }), StringComparison.Ordinal);
        Assert.Contains("images", ProblemOf(AReport() with { Images = ["ff"] }), StringComparison.Ordinal);
        Assert.Contains("images", ProblemOf(AReport() with { Images = [null!] }), StringComparison.Ordinal);
        Assert.Contains(
            "images",
            ProblemOf(AReport() with { Images = [.. Enumerable.Repeat("000000000010", 201)] }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_no_host_can_have_is_refused()
    {
        var report = AReport();
        var facts = report.Facts;

        Assert.Contains(
            "disk",
            ProblemOf(report with { Facts = facts with { DiskMebibytes = -1 } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "ports",
            ProblemOf(report with { Facts = facts with { DynamicPorts = 65_536 } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "devices",
            ProblemOf(report with { Facts = facts with { Devices = new Dictionary<string, int> { ["gpu"] = 17 } } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "custom",
            ProblemOf(report with { Facts = facts with { Custom = new Dictionary<string, int> { ["port/1"] = 1 } } }),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(InstanceState.Starting, ObservedState.Starting)]
    [InlineData(InstanceState.Ready, ObservedState.Ready)]
    [InlineData(InstanceState.NotReady, ObservedState.NotReady)]
    [InlineData(InstanceState.Backoff, ObservedState.Backoff)]
    [InlineData(InstanceState.Stopping, ObservedState.Stopping)]
    [InlineData(InstanceState.Exited, ObservedState.Exited)]
    [InlineData((InstanceState)99, ObservedState.Unknown)]
    public void Each_state_has_its_counterpart_and_one_from_the_future_is_unknown(
        InstanceState reported,
        ObservedState expected
    )
    {
        var report = AReport() with { Instances = [AnInstance() with { State = reported }] };

        Assert.True(HostReports.TryParse(report, out var input, out _));

        Assert.Equal(expected, input.Host.Instances[0].Observed.State);
    }

    [Fact]
    public void An_exit_is_taken_over_where_the_state_says_the_same()
    {
        var exit = new Contracts.Bus.InstanceExit(3, new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        var exited = AnInstance() with { State = InstanceState.Exited, Exit = exit };

        Assert.True(HostReports.TryParse(AReport() with { Instances = [exited] }, out var told, out _));
        Assert.True(
            HostReports.TryParse(
                AReport() with
                {
                    Instances = [exited with { State = InstanceState.Ready }],
                },
                out var untold,
                out _
            )
        );

        Assert.Equal(new Core.Fleet.InstanceExit(3, exit.At), told.Host.Instances[0].Exit);
        Assert.Null(untold.Host.Instances[0].Exit);
        Assert.Contains(
            "no exit code",
            ProblemOf(AReport() with { Instances = [exited with { Exit = exit with { Code = 256 } }] }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_an_agent_may_not_say_is_refused_with_the_reason()
    {
        var report = AReport();
        var facts = report.Facts;

        Assert.Contains("host id", ProblemOf(report with { HostId = "../h1" }), StringComparison.Ordinal);
        Assert.Contains("negative", ProblemOf(report with { Sequence = -1 }), StringComparison.Ordinal);
        Assert.Contains("session", ProblemOf(report with { AgentSession = null! }), StringComparison.Ordinal);
        Assert.Contains("facts", ProblemOf(report with { Facts = null! }), StringComparison.Ordinal);
        Assert.Contains("instances", ProblemOf(report with { Instances = null! }), StringComparison.Ordinal);
        Assert.Contains(
            "capacity",
            ProblemOf(report with { Facts = facts with { CpuMillicores = -1 } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "capacity",
            ProblemOf(report with { Facts = facts with { MemoryMebibytes = int.MaxValue } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "labels",
            ProblemOf(report with { Facts = facts with { Labels = new Dictionary<string, string> { ["a"] = null! } } }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_instance_that_is_malformed_or_reported_twice_refuses_the_whole_report()
    {
        var report = AReport();
        var instance = AnInstance();

        Assert.Contains(
            "instance id",
            ProblemOf(report with { Instances = [instance with { InstanceId = "cart" }] }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "negative",
            ProblemOf(report with { Instances = [instance with { Generation = -1 }] }),
            StringComparison.Ordinal
        );
        Assert.NotEmpty(ProblemOf(report with { Instances = [null!] }));
        Assert.Contains("twice", ProblemOf(report with { Instances = [instance, instance] }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_reason_is_cut_and_a_long_id_is_not_repeated_in_full()
    {
        var report = AReport() with { Instances = [AnInstance() with { Reason = new string('x', 100_000) }] };

        Assert.True(HostReports.TryParse(report, out var input, out _));

        Assert.InRange(input.Host.Instances[0].Observed.Reason.Length, 1, 1_000);
        Assert.InRange(ProblemOf(report with { HostId = new string('x', 100_000) }).Length, 1, 1_000);
    }

    private static string ProblemOf(HostReport report)
    {
        Assert.False(HostReports.TryParse(report, out var input, out var problem));
        Assert.Null(input);
        return problem;
    }

    private static HostReport AReport() =>
        new()
        {
            HostId = "h1",
            AgentSession = "s-1",
            Sequence = 7,
            Epoch = 3,
            Revision = 9,
            Digest = "d-1",
            Facts = new HostFacts
            {
                CpuMillicores = 4_000,
                MemoryMebibytes = 8_192,
                Runtime = "oci",
                AgentVersion = "1.2.0",
                Labels = new Dictionary<string, string> { ["disk"] = "ssd" },
            },
            Instances = [AnInstance()],
        };

    private static InstanceStatus AnInstance() =>
        new()
        {
            InstanceId = "cart.prod.4",
            Generation = 2,
            State = InstanceState.Backoff,
            Address = "127.0.0.1:4000",
            Restarts = 5,
            Reason = "exit code 1",
        };
}
