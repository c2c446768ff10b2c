using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Tests.Catalog;

public sealed class ContentDigestTests
{
    private static readonly HealthCheck AHealthCheck = new()
    {
        Path = "/health",
        Interval = TimeSpan.FromSeconds(1),
        Timeout = TimeSpan.FromSeconds(2),
        UnhealthyAfter = 3,
        Startup = TimeSpan.FromSeconds(30),
    };

    private static readonly ServiceKind.Batch ABatch = new(Completions: 1, Parallelism: 1, Retries: 1, Deadline: null);

    private static readonly ServiceVersion Version = new()
    {
        Service = ServiceName.Parse("cart"),
        Number = SemanticVersion.Parse("1.2.3"),
        Channel = "stable",
        Template = new InstanceTemplate
        {
            Image = ImageReference.Parse("cart@sha256:" + new string('0', 64)),
            Command = ["/bin/cart", "--fast"],
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("A", "1").Add("B", "2"),
            Request = new Resources(CpuMillicores: 100, MemoryMebibytes: 64),
            Limit = new Resources(CpuMillicores: 200, MemoryMebibytes: 128),
            Port = 8080,
            Health = AHealthCheck,
            StopGrace = TimeSpan.FromSeconds(10),
            Placement = PlacementRules.None,
        },
        Dependencies = [new Dependency(ServiceName.Parse("redis"), new VersionRange("^1.0.0", []))],
        PublishedBy = "ann",
        PublishedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
    };

    private static readonly InstanceTemplate Template = Version.Template;

    private static readonly ContainerSettings Settings = ContainerSettings.None;

    private static readonly VolumeMount AVolume = new("/a", new VolumeSource.Named("a"), IsReadOnly: false);

    private static readonly ImmutableDictionary<string, ServiceVersion> Changes = new Dictionary<string, ServiceVersion>
    {
        { "service", Version with { Service = ServiceName.Parse("cat") } },
        { "number", Version with { Number = SemanticVersion.Parse("1.2.4") } },
        { "channel", Version with { Channel = "beta" } },
        { "image", With(Template with { Image = ImageReference.Parse("cart@sha256:" + new string('1', 64)) }) },
        { "image name", With(Template with { Image = ImageReference.Parse("card@sha256:" + new string('0', 64)) }) },
        { "argument", With(Template with { Command = ["/bin/cart", "--slow"] }) },
        { "arguments joined", With(Template with { Command = ["/bin/cart --fast"] }) },
        { "arguments cut elsewhere", With(Template with { Command = ["/bin/cart-", "-fast"] }) },
        { "no command", With(Template with { Command = [] }) },
        { "daemon", With(Template with { Kind = new ServiceKind.Daemon() }) },
        { "batch", With(Template with { Kind = ABatch }) },
        { "completions", With(Template with { Kind = ABatch with { Completions = 2 } }) },
        { "parallelism", With(Template with { Kind = ABatch with { Parallelism = 2 } }) },
        { "retries", With(Template with { Kind = ABatch with { Retries = 2 } }) },
        { "deadline", With(Template with { Kind = ABatch with { Deadline = TimeSpan.FromSeconds(1) } }) },
        { "empty argument", With(Template with { Command = ["/bin/cart", "--fast", ""] }) },
        { "environment value", With(Template with { Environment = Template.Environment.SetItem("A", "3") }) },
        { "environment name", With(Template with { Environment = Template.Environment.Remove("A").Add("AA", "1") }) },
        { "environment less", With(Template with { Environment = Template.Environment.Remove("B") }) },
        {
            "argument as environment",
            With(
                Template with
                {
                    Command = ["/bin/cart", "--fast", "A", "1"],
                    Environment = Template.Environment.Remove("A"),
                }
            )
        },
        { "cpu request", With(Template with { Request = Template.Request with { CpuMillicores = 101 } }) },
        { "memory request", With(Template with { Request = Template.Request with { MemoryMebibytes = 65 } }) },
        { "disk request", With(Template with { Request = Template.Request with { DiskMebibytes = 1 } }) },
        {
            "counted request",
            With(
                Template with
                {
                    Request = Template.Request with { Counts = [new NamedCount(ResourceName.Parse("fpga"), 1)] },
                }
            )
        },
        { "devices", With(Template with { Devices = [new DeviceRequest("gpu", 1, DeviceRequest.Whole)] }) },
        { "share of a device", With(Template with { Devices = [new DeviceRequest("gpu", 1, Thousandths: 500)] }) },
        { "limit", With(Template with { Limit = Template.Limit with { MemoryMebibytes = 0 } }) },
        { "port", With(Template with { Port = 8081 }) },
        { "no health check", With(Template with { Health = null }) },
        { "health path", With(Template with { Health = AHealthCheck with { Path = "/healthz" } }) },
        {
            "health interval",
            With(Template with { Health = AHealthCheck with { Interval = TimeSpan.FromSeconds(2) } })
        },
        { "health threshold", With(Template with { Health = AHealthCheck with { UnhealthyAfter = 4 } }) },
        {
            "what health is asked by",
            With(Template with { Health = AHealthCheck with { Question = new HealthQuestion.Tcp() } })
        },
        {
            "the program of a health check",
            With(Template with { Health = AHealthCheck with { Question = new HealthQuestion.Exec(["/bin/check"]) } })
        },
        {
            "the service of a health check",
            With(Template with { Health = AHealthCheck with { Question = new HealthQuestion.Grpc("cart") } })
        },
        { "liveness", With(Template with { Liveness = AHealthCheck }) },
        { "stop grace", With(Template with { StopGrace = TimeSpan.FromMilliseconds(10_001) }) },
        { "stop signal", Contained(Settings with { StopSignal = "SIGINT" }) },
        { "pre-stop", Contained(Settings with { PreStop = TimeSpan.FromMilliseconds(1) }) },
        { "limit of processes", Contained(Settings with { Limits = [new ProcessLimit("nofile", Soft: 1, Hard: 2)] }) },
        { "file", Contained(Settings with { Files = [new ContainerFile("/a", "a", Mode: 0)] }) },
        { "content of a file", Contained(Settings with { Files = [new ContainerFile("/a", "b", Mode: 0)] }) },
        { "mode of a file", Contained(Settings with { Files = [new ContainerFile("/a", "a", Mode: 1)] }) },
        { "volume", Contained(Settings with { Volumes = [AVolume] }) },
        { "read-only volume", Contained(Settings with { Volumes = [AVolume with { IsReadOnly = true }] }) },
        {
            "volume of the host",
            Contained(Settings with { Volumes = [AVolume with { Source = new VolumeSource.OfHost("/a") }] })
        },
        {
            "volume in memory",
            Contained(Settings with { Volumes = [AVolume with { Source = new VolumeSource.Temporary(1) }] })
        },
        { "secret", Contained(Settings with { Secrets = [ASecret(new SecretPlace.Variable("A"))] }) },
        {
            "secret as another variable",
            Contained(Settings with { Secrets = [ASecret(new SecretPlace.Variable("B"))] })
        },
        { "secret as a file", Contained(Settings with { Secrets = [ASecret(new SecretPlace.File("/a"))] }) },
        { "init", Contained(Settings with { HasInit = true }) },
        { "placement", With(Template with { Placement = PlacementRules.None with { MostPerHost = 1 } }) },
        { "near", With(Near(new NeighbourRule(ServiceName.Parse("redis"), Stage: null, "rack", Weight: null))) },
        { "near by weight", With(Near(new NeighbourRule(ServiceName.Parse("redis"), Stage: null, "rack", Weight: 5))) },
        {
            "near at a stage",
            With(Near(new NeighbourRule(ServiceName.Parse("redis"), StageName.Parse("prod"), "rack", 5)))
        },
        {
            "apart",
            With(
                Template with
                {
                    Placement = PlacementRules.None with
                    {
                        Apart = [new NeighbourRule(ServiceName.Parse("redis"), Stage: null, "rack", Weight: null)],
                    },
                }
            )
        },
        { "no dependency", Version with { Dependencies = [] } },
        { "dependency", Version with { Dependencies = [Depending("valkey", "^1.0.0")] } },
        { "range", Version with { Dependencies = [Depending("redis", "^1.0.1")] } },
    }.ToImmutableDictionary();

    public static TheoryData<string> ChangeNames() => [.. Changes.Keys.Order()];

    [Fact]
    public void The_digest_is_the_same_for_the_same_content_whoever_published_it_and_when()
    {
        var again = Version with { PublishedBy = "bob", PublishedAt = Version.PublishedAt.AddDays(1) };

        Assert.Equal(Version.ContentDigest(), again.ContentDigest());
    }

    /// <summary>Worked out apart from the code: an accidental change would make every version published before a different one.</summary>
    [Fact]
    public void The_digest_is_stored_so_it_stays_the_same_from_release_to_release() =>
        Assert.Equal(
            "sha256:49ed4bbdb38b6ee3a6cd0f525098eddc4fd99266f8fb1abf3f8bc89549c967ea",
            Version.ContentDigest()
        );

    [Fact]
    public void The_order_in_which_environment_variables_were_written_does_not_matter()
    {
        var reversed = ImmutableSortedDictionary<string, string>.Empty.Add("B", "2").Add("A", "1");

        Assert.Equal(Version.ContentDigest(), With(Template with { Environment = reversed }).ContentDigest());
    }

    [Theory]
    [MemberData(nameof(ChangeNames))]
    public void The_digest_changes_with_any_content(string what) =>
        Assert.NotEqual(Version.ContentDigest(), Changes[what].ContentDigest());

    [Fact]
    public void No_two_changes_have_the_same_digest() =>
        Assert.Equal(Changes.Count, Changes.Values.Select(version => version.ContentDigest()).Distinct().Count());

    private static InstanceTemplate Near(NeighbourRule rule) =>
        Template with
        {
            Placement = PlacementRules.None with { Near = [rule] },
        };

    private static SecretUse ASecret(SecretPlace place) => new(SecretName.Parse("a"), place);

    private static ServiceVersion Contained(ContainerSettings settings) => With(Template with { Container = settings });

    private static ServiceVersion With(InstanceTemplate template) => Version with { Template = template };

    private static Dependency Depending(string service, string range) =>
        new(ServiceName.Parse(service), new VersionRange(range, []));
}
