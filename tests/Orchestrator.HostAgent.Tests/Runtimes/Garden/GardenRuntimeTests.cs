using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Garden;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>
/// The driver on Garden itself, where there is one: ORC_GARDEN says where it listens (unix:///… or http://…), and
/// ORC_GARDEN_ROOTFS what to run on, such as raw:///srv/rootfs. It must be on this machine and the tests must be root,
/// since they look for its processes by what is in /proc. The root directory needs a shell, sleep, cat, tar (Garden calls
/// it to unpack) and a list of users, and everything on the way to it must be open to the users that Garden maps
/// containers to. Without ORC_GARDEN_ROOTFS each container gets a copy of the test's image, which only a privileged
/// Garden can reach where the tests put it.
/// </summary>
public sealed class GardenRuntimeTests : GardenContract
{
    private static readonly string Url = Environment.GetEnvironmentVariable("ORC_GARDEN") ?? "";
    private static readonly string Rootfs =
        Environment.GetEnvironmentVariable("ORC_GARDEN_ROOTFS") ?? $"raw://{GardenRootfs.Copy}";

    private ImageStore? _images;

    private protected override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits)
    {
        Assert.SkipWhen(Url.Length == 0, "ORC_GARDEN does not say where Garden listens");
        _images = images;
        Assert.True(GardenAddress.TryParse(Url, out var address), $"ORC_GARDEN is '{Url}'");
        return new GardenRuntime(
            new GardenSettings(address, Rootfs, Depot: ""),
            directory,
            images,
            TimeProvider.System,
            NullLogger<GardenRuntime>.Instance
        );
    }

    private protected override GardenRuntime AnotherRuntime() =>
        (GardenRuntime)NewRuntime(Path.Combine(Directory, Name), _images!, null!);
}
