using System.Net;
using System.Net.Sockets;

namespace Orchestrator.EndToEnd.Support;

/// <summary>
/// The place of one fleet: a temporary directory, a gateway's address that no other fleet has, and the programs that were
/// started for it. Nothing of it is left when it is disposed.
/// </summary>
internal sealed class Site : IAsyncDisposable
{
    private static readonly string[] OciTools = ["crun", "conmon", "unshare"];

    private readonly List<RunningProgram> _programs = [];

    private Site(SampleImage image) => Image = image;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("orc-e2e-").FullName;

    public string Gateway { get; } = $"http://127.0.0.1:{FreePort()}";

    public SampleImage Image { get; }

    /// <summary>Containers where this machine allows them, else plain processes.</summary>
    public static string Runtime { get; } =
        Environment.IsPrivilegedProcess && OciTools.All(IsInPath) ? "oci" : "process";

    /// <summary>Skips the test where this machine cannot run any instance.</summary>
    public static async Task<Site> OpenAsync()
    {
        Assert.SkipUnless(IsInPath("setsid"), "setsid is not installed");
        Assert.SkipUnless(IsInPath("ldd"), "ldd, which the sample image is packed with, is not installed");
        return new Site(await SampleImage.PackAsync(TestContext.Current.CancellationToken));
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public string PathOf(string name) => Path.Combine(Directory, name);

    /// <summary>Its directory as the argument of a program; it is there.</summary>
    public string DirectoryOf(string name) => System.IO.Directory.CreateDirectory(PathOf(name)).FullName;

    public RunningProgram Start(
        string name,
        IReadOnlyDictionary<string, string> environment,
        params IReadOnlyList<string> command
    )
    {
        var program = RunningProgram.Start(name, PathOf($"{name}.log"), environment, command);
        _programs.Add(program);
        return program;
    }

    public IReadOnlyList<InstanceProcess> Instances() => InstanceProcess.AllBehind(Gateway);

    /// <summary>The one process of an instance, or null while there is none.</summary>
    public InstanceProcess? Find(string instance) =>
        Instances().SingleOrDefault(process => process.Instance == instance);

    /// <summary>
    /// What the control plane knows runs, once, and nothing else does. What was on a lost host it remembers until the
    /// host is back and says that it is gone.
    /// </summary>
    public async Task<bool> HasNeitherOrphanNorDoubleAsync(ControlPlaneView view)
    {
        var known = (await view.InstancesAsync()).Where(instance => instance.State != "Lost").Select(one => one.Id);
        var running = Instances().Select(process => process.Instance);
        return known.Order(StringComparer.Ordinal).SequenceEqual(running.Order(StringComparer.Ordinal));
    }

    /// <summary>Says what was the matter if it fails: how the fleet is, and what its programs logged last.</summary>
    public async Task ProveAsync(Func<Task> proof, Func<Task<string>> describe)
    {
        try
        {
            await proof();
        }
        catch
        {
            var output = TestContext.Current.TestOutputHelper;
            output?.WriteLine(await describe());
            output?.WriteLine(
                $"--- what the machine runs:\n{string.Join('\n', Instances().OrderBy(one => one.Instance))}"
            );
            foreach (var program in _programs)
            {
                output?.WriteLine(program.Tail());
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
        {
            await program.DisposeAsync();
        }

        await InstanceProcess.EndAllAsync(Gateway, Directory);
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static bool IsInPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(directory => File.Exists(Path.Combine(directory, tool)));
}
