using System.Globalization;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class InstanceMountsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HostDirectory _host;

    public InstanceMountsTests() => _host = HostDirectory.Open(_directory["host"]);

    public void Dispose()
    {
        _host.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_file_has_its_content_and_mode_and_goes_with_its_container()
    {
        var mounts = Mounts();

        var mount = Bind(Prepare(mounts, new AssignedFile("/etc/app/settings", "level: ü\n", Mode: 0x100)));

        Assert.Equal(("/etc/app/settings", true), (mount.At, mount.IsReadOnly));
        Assert.Equal("level: ü\n", File.ReadAllText(mount.Source));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(mount.Source));
        mounts.Delete("c1");
        Assert.False(File.Exists(mount.Source));
        mounts.Delete("c1");
    }

    [Fact]
    public void What_a_container_left_that_nobody_knows_is_swept_away()
    {
        var mounts = Mounts();
        var mount = Bind(Prepare(mounts, new AssignedFile("/settings", "x", Mode: 0x1A4)));

        mounts.Sweep(new HashSet<string>(StringComparer.Ordinal) { "c1" });
        Assert.True(File.Exists(mount.Source));
        mounts.Sweep(new HashSet<string>(StringComparer.Ordinal));

        Assert.False(File.Exists(mount.Source));
    }

    [Fact]
    public void A_named_volume_is_one_for_a_service_at_a_stage_and_outlives_its_containers()
    {
        var mounts = Mounts();
        var data = new AssignedVolume { Path = "/data", Name = "data" };

        var first = Bind(Prepare(mounts, data));
        File.WriteAllText(Path.Combine(first.Source, "kept"), "");
        mounts.Delete("c1");
        mounts.Sweep(new HashSet<string>(StringComparer.Ordinal));
        var again = Bind(Prepare(mounts, data with { IsReadOnly = true }));
        var elsewhere = Bind(mounts.Prepare(ARecord(new AssignedContainer { Volumes = [data] }, stage: "test")));

        Assert.Equal((first.Source, true), (again.Source, again.IsReadOnly));
        Assert.True(File.Exists(Path.Combine(again.Source, "kept")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Source));
    }

    [Fact]
    public void The_hosts_own_files_are_mounted_only_where_its_agent_allows_them()
    {
        var allowed = Directory.CreateDirectory(_directory["allowed"]).FullName;
        var secret = Directory.CreateDirectory(_directory["allowed-not"]).FullName;
        Directory.CreateDirectory(Path.Combine(allowed, "certificates"));
        File.CreateSymbolicLink(Path.Combine(allowed, "way-out"), secret);
        var mounts = Mounts(allowed);

        Assert.Equal(
            Path.Combine(allowed, "certificates"),
            Bind(Prepare(mounts, OfHost(Path.Combine(allowed, "certificates")))).Source
        );
        Assert.Contains("AllowedHostPaths", Refusal(mounts, OfHost(secret)), StringComparison.Ordinal);
        Assert.Contains("AllowedHostPaths", Refusal(mounts, OfHost($"{allowed}/way-out")), StringComparison.Ordinal);
        Assert.Contains(
            "AllowedHostPaths",
            Refusal(mounts, OfHost($"{allowed}/../allowed-not")),
            StringComparison.Ordinal
        );
        Assert.Contains("has no", Refusal(mounts, OfHost($"{allowed}/nothing")), StringComparison.Ordinal);
        Assert.Contains("AllowedHostPaths", Refusal(Mounts(), OfHost(allowed)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("/")]
    [InlineData("/a/../b")]
    [InlineData("/a//b")]
    [InlineData("/a,b")]
    [InlineData("/a:b")]
    [InlineData("/proc/self")]
    [InlineData("/dev")]
    public void Nothing_is_mounted_at_a_path_that_could_mean_something_else(string path) =>
        Assert.Contains(
            $"'{path}'",
            Refusal(Mounts(), new AssignedVolume { Path = path, TemporaryMebibytes = 1 }),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void A_volume_has_no_name_that_leads_elsewhere(string name) =>
        Assert.Contains(
            "cannot be called",
            Refusal(Mounts(), new AssignedVolume { Path = "/data", Name = name }),
            StringComparison.Ordinal
        );

    [Fact]
    public void Ten_thousand_mounts_are_refused_before_anything_is_made()
    {
        var files = Enumerable
            .Range(0, 10_000)
            .Select(number => new AssignedFile(string.Create(CultureInfo.InvariantCulture, $"/f{number}"), "", 0x1A4))
            .ToList();

        var refusal = Assert.Throws<RuntimeFailedException>(() =>
            Mounts().Prepare(ARecord(new AssignedContainer { Files = files }, stage: "prod"))
        );

        Assert.Equal("It asks for 10000 files, volumes and secrets, and a host makes 64 at most.", refusal.Message);
        Assert.False(Directory.Exists(_host.Mounts));
    }

    private InstanceMounts Mounts(params string[] allowed) => new(_host, allowed);

    private static AssignedVolume OfHost(string path) => new() { Path = "/host", HostPath = path };

    private static IReadOnlyList<ContainerMount> Prepare(InstanceMounts mounts, AssignedFile file) =>
        mounts.Prepare(ARecord(new AssignedContainer { Files = [file] }, stage: "prod"));

    private static IReadOnlyList<ContainerMount> Prepare(InstanceMounts mounts, AssignedVolume volume) =>
        mounts.Prepare(ARecord(new AssignedContainer { Volumes = [volume] }, stage: "prod"));

    private static string Refusal(InstanceMounts mounts, AssignedVolume volume) =>
        Assert.Throws<RuntimeFailedException>(() => Prepare(mounts, volume)).Message;

    private static ContainerMount.Bind Bind(IReadOnlyList<ContainerMount> mounts) =>
        Assert.IsType<ContainerMount.Bind>(Assert.Single(mounts));

    private static InstanceRecord ARecord(AssignedContainer container, string stage) =>
        new()
        {
            Spec = Samples.AnInstance("cart.prod.1") with { Stage = stage, Container = container },
            ContainerId = "c1",
            Port = 0,
            StopSignal = Libc.SignalTerminate,
            Restarts = 0,
            WasReady = false,
        };
}
