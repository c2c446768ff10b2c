using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Oci;
using Orchestrator.HostAgent.Secrets;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class OciRuntimeTests : RuntimeContract
{
    private readonly string _memory = Path.Combine("/dev/shm", $"orchestrator-test-{Guid.NewGuid():N}", "oci");

    protected override string Name => "oci";

    private protected override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits) =>
        new OciRuntime(directory, new MemoryPlace(_memory), images, exits, NullLogger<OciRuntime>.Instance);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        var place = Path.GetDirectoryName(_memory)!;
        if (System.IO.Directory.Exists(place))
        {
            System.IO.Directory.Delete(place, recursive: true);
        }
    }

    [Fact]
    public async Task Variables_that_are_secret_are_on_no_disk_while_it_runs_and_nowhere_when_it_is_gone()
    {
        var secret = Guid.NewGuid().ToString("N");
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PASSWORD"] = secret };
        var id = await StartAsync("exec sleep 1000", spec => spec with { SecretVariables = variables });
        await RunningAsync(id, count: 1);

        using var output = new MemoryStream();
        var exec = new ContainerExec
        {
            Arguments = ["/bin/sh", "-c", "echo $PASSWORD"],
            Output = output,
            Errors = Stream.Null,
        };
        Assert.Equal(0, await Runtime.ExecuteAsync(id, exec, Token));
        Assert.Equal($"{secret}\n", System.Text.Encoding.UTF8.GetString(output.ToArray()));
        Assert.Empty(Holding(Directory, secret));
        Assert.NotEmpty(Holding(_memory, secret)); // Or nobody looked right.
        Assert.Equal([id], await Runtime.ListAsync(Token));
        await Runtime.RemoveAsync(id, Token);

        Assert.Empty(Holding(_memory, secret));
        Assert.Empty(await Runtime.ListAsync(Token));

        static IEnumerable<string> Holding(string directory, string text) =>
            System
                .IO.Directory.EnumerateFiles(
                    directory,
                    "*",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        AttributesToSkip = FileAttributes.ReparsePoint,
                    }
                )
                .Where(path => new FileInfo(path).Length > 0) // A pipe would be waited for.
                .Where(path => File.ReadAllText(path).Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/tmp/out/file", true)]
    [InlineData("/tmp/link", false)]
    public async Task A_link_in_a_container_leads_what_is_copied_nowhere_outside(string path, bool isRefused)
    {
        var id = await StartAsync("exec sleep 1000");
        var pid = (await RunningAsync(id, count: 1)).Single();
        var root = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root");
        var outside = Path.Combine(Directory, "outside");
        System.IO.Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "ours", Token);
        File.CreateSymbolicLink($"{root}/tmp/out", outside);
        File.CreateSymbolicLink($"{root}/tmp/link", Path.Combine(outside, "secret"));

        var refusal = await Record.ExceptionAsync(() =>
            Runtime.CopyInAsync(id, ContainerFile.Of(path, 0x1A4, new MemoryStream([1])), Token)
        );

        Assert.Equal(isRefused, refusal is RuntimeFailedException);
        Assert.Equal(["secret"], System.IO.Directory.GetFiles(outside).Select(Path.GetFileName));
        Assert.Equal("ours", await File.ReadAllTextAsync(Path.Combine(outside, "secret"), Token));
    }

    [Fact]
    public async Task Variables_that_are_secret_are_refused_where_there_is_but_a_disk()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PASSWORD"] = "hunter2" };
        var spec = ASpec("exec sleep 1000") with { SecretVariables = variables };
        var place = Path.Combine(Directory, "no-memory");
        Assert.SkipWhen(SecretsPlace.IsInMemory(Directory), "temporary files are in memory here");
        using var images = new ImageStore(Path.Combine(Directory, "more"), [], UnpackLimits.Default);
        using var exits = new ExitWatch();
        using var runtime = new OciRuntime(
            Path.Combine(Directory, "other"),
            new MemoryPlace(place),
            images,
            exits,
            NullLogger<OciRuntime>.Instance
        );
        await runtime.PrepareAsync(Token);

        var refusal = await Assert.ThrowsAsync<RuntimeFailedException>(() => runtime.StartAsync(spec, Token));
        await runtime.RemoveAsync(spec.ContainerId, Token);

        Assert.Contains("Agent:SecretsDirectory", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await runtime.ListAsync(Token));
    }

    [Fact]
    public async Task Limits_are_enforced_by_control_groups()
    {
        var id = await StartAsync("exec sleep 1000", spec => spec with { MemoryLimitMebibytes = 64 });
        var pid = (await RunningAsync(id, count: 1)).Single();

        var groups = await File.ReadAllLinesAsync(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"),
            Token
        );
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        var memory = groups.First(line => line.Contains(id, StringComparison.Ordinal) && IsMemory(line)).Split(':')[2];
        var limit =
            Labels["agent/cgroups"] == "v1"
                ? $"/sys/fs/cgroup/memory{memory}/memory.limit_in_bytes"
                : $"/sys/fs/cgroup{memory}/memory.max";

        Assert.Equal("67108864", (await File.ReadAllTextAsync(limit, Token)).Trim());

        static bool IsMemory(string line) =>
            line.Split(':')[1] is "" || line.Split(':')[1].Contains("memory", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_takes_too_much_memory_says_so()
    {
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        var id = await StartAsync(
            "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x$x$x; done",
            spec => spec with { MemoryLimitMebibytes = 16 }
        );

        var exit = await Runtime.WaitAsync(id, Token);

        Assert.Equal(137, exit.Code);
        Assert.Equal("ran out of memory", exit.Reason);
    }

    [Fact]
    public async Task A_container_sees_only_its_own_processes_and_cannot_mount()
    {
        var id = await StartAsync("echo pid $$; cat /proc/self/status; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(id).Contains("Seccomp_filters", StringComparison.Ordinal), "the status");

        var log = LogOf(id);
        Assert.Contains("pid 1\n", log, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", log, StringComparison.Ordinal);
        Assert.Contains("CapBnd:\t0000000000000000", log, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", log, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_container_writes_is_its_own_and_goes_with_it()
    {
        var id = await StartAsync("echo mine > /file; cat /file; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(id) == "mine\n", "the file is written");

        var other = await StartAsync("cat /file 2>&1 || echo none; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(other).EndsWith("none\n", StringComparison.Ordinal), "no file");

        Assert.DoesNotContain(
            Directory,
            await File.ReadAllTextAsync("/proc/self/mounts", Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_full_disk_is_told_and_stops_nothing()
    {
        var running = await StartAsync("exec sleep 1000");
        await RunningAsync(running, count: 1);
        var spec = ASpec("exec sleep 1000");
        var containers = Path.Combine(Directory, Name, "containers");
        // One page: not even a bundle's configuration fits.
        await RunToolAsync("mount", "-t", "tmpfs", "-o", "size=4k", "full", containers);
        try
        {
            var refusal = await Assert.ThrowsAnyAsync<Exception>(() => Runtime.StartAsync(spec, Token));
            await Runtime.RemoveAsync(spec.ContainerId, Token);

            Assert.True(refusal is IOException or RuntimeFailedException, $"{refusal}");
            Assert.Contains("space", refusal.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Equal([running], await Runtime.ListAsync(Token));
        }
        finally
        {
            await RunToolAsync("umount", containers);
        }

        await RunningAsync(running, count: 1);
        Assert.Equal([running], await Runtime.ListAsync(Token));
        await Runtime.StartAsync(spec, Token); // There is room again.
    }

    [Fact]
    public async Task What_a_power_cut_interrupts_while_it_is_made_does_not_go_on()
    {
        var starting = Enumerable.Range(0, 10).Select(_ => StartAsync("exec sleep 1000")).ToList();
        await Poll.UntilAsync(
            () => ContainerHelpers.Find(one => one.StartsWith(Directory, StringComparison.Ordinal)).Count > 0,
            "some are being made"
        );

        await Runtime.CutPowerAsync(Token);
        foreach (var start in starting)
        {
            await Record.ExceptionAsync(() => start); // It may have got through, or not.
        }

        await Runtime.CutPowerAsync(Token);

        Assert.Empty(ContainerHelpers.Find(one => one.Contains(Directory, StringComparison.Ordinal)));
        Assert.All(await Runtime.ListAsync(Token), id => Assert.Empty(ProcessesOf(id)));
        Assert.All(await Runtime.ListAsync(Token), id => Assert.Empty(GroupsOf(id)));
    }

    [Fact]
    public async Task A_removed_container_leaves_no_control_group()
    {
        var id = await StartAsync("exec sleep 1000");
        Assert.SkipWhen(!Labels["agent/cgroups"].StartsWith('v'), "control groups cannot be used here");
        Assert.NotEmpty(GroupsOf(id));

        await Runtime.RemoveAsync(id, Token);

        Assert.Empty(GroupsOf(id));
    }

    private static IEnumerable<string> GroupsOf(string id) =>
        System
            .IO.Directory.EnumerateDirectories("/sys/fs/cgroup")
            .Append("/sys/fs/cgroup")
            .SelectMany(root => System.IO.Directory.EnumerateDirectories(root, $"orchestrator-*{id}"));

    [Fact]
    public async Task Killed_supervisors_are_noticed_and_their_containers_taken_away()
    {
        var id = await StartAsync("exec sleep 1000");
        var container = (await RunningAsync(id, count: 1)).Single();
        var monitor = int.Parse(
            await File.ReadAllTextAsync(Path.Combine(Directory, "oci/containers", id, "conmon.pid"), Token),
            CultureInfo.InvariantCulture
        );

        Libc.TrySignal(monitor, Libc.SignalKill);

        Assert.Equal(ContainerExit.Unseen, await Runtime.WaitAsync(id, Token));
        Assert.IsType<ContainerStatus.Absent>(await Runtime.InspectAsync(id, Token));
        await Runtime.RemoveAsync(id, Token);
        Assert.Null(ProcessIdentity.Of(container));
    }

    private static async Task RunToolAsync(string program, params IReadOnlyList<string> arguments)
    {
        var result = await Tool.RunAsync(program, arguments, Token);
        Assert.True(result.HasSucceeded, result.Errors);
    }
}
