using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Oci;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class OciConfigTests : IDisposable
{
    private static readonly OciConfigContext Context = new()
    {
        Init = null,
        RootPath = "/data/merged",
        IsWritable = true,
        CgroupPath = "/group",
        HasSeccomp = true,
        HostFiles = ["/etc/hosts"],
    };

    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_container_has_no_capability_and_no_way_to_gain_one()
    {
        var process = Build(ASpec(), Context)["process"]!;

        Assert.True((bool)process["noNewPrivileges"]!);
        Assert.All(process["capabilities"]!.AsObject(), set => Assert.Empty(set.Value!.AsArray()));
        Assert.Equal(5, process["capabilities"]!.AsObject().Count);
    }

    [Fact]
    public void It_has_namespaces_of_its_own_but_the_hosts_network()
    {
        var namespaces = Build(ASpec(), Context)["linux"]!["namespaces"]!.AsArray();

        Assert.Equal(["pid", "ipc", "uts", "mount"], namespaces.Select(one => (string)one!["type"]!));
    }

    [Fact]
    public void Limits_become_quota_shares_and_bytes()
    {
        var spec = ASpec() with { CpuMillicores = 500, CpuLimitMillicores = 250, MemoryLimitMebibytes = 64 };

        var resources = Build(spec, Context)["linux"]!["resources"]!;

        Assert.Equal(512, (long)resources["cpu"]!["shares"]!);
        Assert.Equal(25_000, (long)resources["cpu"]!["quota"]!);
        Assert.Equal(100_000, (long)resources["cpu"]!["period"]!);
        Assert.Equal(67_108_864, (long)resources["memory"]!["limit"]!);
    }

    [Fact]
    public void No_limit_means_no_limit()
    {
        var resources = Build(ASpec(), Context)["linux"]!["resources"]!.AsObject();

        Assert.False(resources.ContainsKey("memory"));
        Assert.False(resources["cpu"]!.AsObject().ContainsKey("quota"));
    }

    [Fact]
    public void Without_control_groups_none_are_asked_for()
    {
        var linux = Build(ASpec(), Context with { CgroupPath = null })["linux"]!.AsObject();

        Assert.False(linux.ContainsKey("cgroupsPath"));
        Assert.False(linux.ContainsKey("resources"));
    }

    [Fact]
    public void A_shared_image_is_read_only_and_gets_a_place_for_temporary_files()
    {
        var own = Build(ASpec(), Context);
        var shared = Build(ASpec(), Context with { IsWritable = false });

        Assert.False((bool)own["root"]!["readonly"]!);
        Assert.True((bool)shared["root"]!["readonly"]!);
        Assert.DoesNotContain("/tmp", Destinations(own));
        Assert.Contains("/tmp", Destinations(shared));
    }

    [Fact]
    public void Files_of_the_host_are_mounted_read_only()
    {
        var mounts = Build(ASpec(), Context)["mounts"]!.AsArray();

        var hosts = Assert.Single(mounts, mount => (string)mount!["destination"]! == "/etc/hosts");
        Assert.Contains("ro", hosts!["options"]!.AsArray().Select(option => (string)option!));
    }

    [Fact]
    public void The_assignment_overrides_the_images_command_and_variables()
    {
        var image = AnImage() with
        {
            Config = OciImageConfig.Empty with
            {
                Entrypoint = ["/image"],
                Cmd = ["argument"],
                Env = ["A=image", "B=image=2"],
                WorkingDir = "/work",
            },
        };
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "assigned" };

        var own = Build(ASpec() with { Image = image, Command = [] }, Context)["process"]!;
        var other = Build(ASpec() with { Image = image, Environment = variables }, Context)["process"]!;

        Assert.Equal(["/image", "argument"], Texts(own["args"]));
        Assert.Equal("/work", (string)own["cwd"]!);
        Assert.Equal(["/bin/true"], Texts(other["args"]));
        Assert.Equal(["A=assigned", "B=image=2", $"PATH={ContainerCommand.DefaultPath}"], Texts(other["env"]));
    }

    [Theory]
    [InlineData("1000", 1000, 0)]
    [InlineData("1000:2000", 1000, 2000)]
    [InlineData("app", 101, 102)]
    [InlineData("app:staff", 101, 50)]
    [InlineData("", 0, 0)]
    public void The_images_user_is_looked_up_in_the_image(string user, int userId, int groupId)
    {
        Directory.CreateDirectory(_root["etc"]);
        File.WriteAllText(_root["etc/passwd"], "root:x:0:0::/:/bin/sh\napp:x:101:102::/:/bin/sh\n");
        File.WriteAllText(_root["etc/group"], "staff:x:50:\n");

        var image = AnImage() with { Config = OciImageConfig.Empty with { User = user } };

        Assert.Equal(new ImageUser(userId, groupId), ImageUser.Of(image));
    }

    [Fact]
    public void An_unknown_user_is_refused() =>
        Assert.Throws<RuntimeFailedException>(() =>
            ImageUser.Of(AnImage() with { Config = OciImageConfig.Empty with { User = "nobody" } })
        );

    [Fact]
    public void A_NUL_is_refused_without_telling_the_secret_it_is_in()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = "secret\0" };

        var refusal = Assert.Throws<RuntimeFailedException>(() =>
            Build(ASpec() with { Environment = variables }, Context)
        );

        Assert.Contains("TOKEN", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    private UnpackedImage AnImage() => new(_root.Path, OciImageConfig.Empty);

    private ContainerSpec ASpec() =>
        new()
        {
            ContainerId = "cart.prod.1.1.abcdef01",
            Image = AnImage(),
            Command = ["/bin/true"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal),
            LogPath = "/log",
            CpuMillicores = 10,
            CpuLimitMillicores = 0,
            MemoryLimitMebibytes = 0,
        };

    private static JsonObject Build(ContainerSpec spec, OciConfigContext context) => OciConfig.Build(spec, context);

    private static IEnumerable<string> Destinations(JsonObject config) =>
        config["mounts"]!.AsArray().Select(mount => (string)mount!["destination"]!);

    private static IEnumerable<string> Texts(JsonNode? array) => array!.AsArray().Select(one => (string)one!);
}
