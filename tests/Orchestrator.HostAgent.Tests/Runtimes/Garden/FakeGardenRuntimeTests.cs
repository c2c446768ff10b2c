using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Garden;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>
/// The driver on a server that imitates Garden, not on Garden; and for each of Garden's quirks that the imitation has it
/// and that the driver lives with it.
/// </summary>
public sealed class FakeGardenRuntimeTests : GardenContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    private FakeGarden? _fake;
    private ImageStore? _images;

    private FakeGarden Fake => _fake!;

    public static TheoryData<string> Faults => new("cut", "half", "garbage", "oversized", "chunked", "slow", "number");

    protected override bool? HasInit => null;

    protected override bool? HasMounts => null;

    [Fact]
    public async Task What_is_to_be_mounted_is_asked_for()
    {
        var id = await StartAsync(
            "exec sleep 1000",
            spec =>
                spec with
                {
                    Mounts =
                    [
                        new ContainerMount.Bind("/settings", "/here/settings", IsReadOnly: true),
                        new ContainerMount.Bind("/kept", "/here/kept", IsReadOnly: false),
                    ],
                }
        );

        Assert.Equal(
            """[{"src_path":"/here/settings","dst_path":"/settings","mode":0,"origin":0},{"src_path":"/here/kept","dst_path":"/kept","mode":1,"origin":0}]""",
            Fake[GardenNotes.HandleOf(id)].Spec["bind_mounts"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task A_secret_variable_is_given_to_the_process_and_not_kept_with_the_container()
    {
        var id = await StartAsync(
            "echo $PASSWORD; exec sleep 1000",
            spec =>
                spec with
                {
                    SecretVariables = new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["PASSWORD"] = "hunter2",
                    },
                }
        );
        await Poll.UntilAsync(() => LogOf(id) == "hunter2\n", "it has its secret");

        Assert.DoesNotContain("hunter2", Fake[GardenNotes.HandleOf(id)].Spec.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "hunter2",
            string.Concat(
                System
                    .IO.Directory.EnumerateFiles(Path.Combine(Directory, Name), "*", SearchOption.AllDirectories)
                    .Select(File.ReadAllText)
            ),
            StringComparison.Ordinal
        );
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_fake is { } fake)
        {
            await fake.DisposeAsync();
        }
    }

    private protected override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits)
    {
        _images = images;
        _fake ??= FakeGarden.StartOnSocket(Path.Combine(Directory, "garden.sock"));
        return NewRuntime(directory, Fake.Url);
    }

    private protected override GardenRuntime AnotherRuntime() => NewRuntime(Path.Combine(Directory, Name), Fake.Url);

    [Fact]
    public async Task Garden_is_asked_for_limits_labels_and_no_grace()
    {
        var id = await StartAsync(
            "exec sleep 1000",
            spec => spec with { CpuMillicores = 500, MemoryLimitMebibytes = 64 }
        );

        var spec = Fake[GardenNotes.HandleOf(id)].Spec;

        Assert.Equal(0, (long)spec["grace_time"]!);
        Assert.Equal(id, (string)spec["properties"]!["orchestrator.container"]!);
        Assert.Equal(67_108_864, (long)spec["limits"]!["memory_limits"]!["limit_in_bytes"]!);
        Assert.Equal(512, (long)spec["limits"]!["cpu_limits"]!["limit_in_shares"]!);
        Assert.Equal(4096, (long)spec["limits"]!["pid_limits"]!["max"]!);
        Assert.False((bool)spec["privileged"]!);
    }

    [Fact]
    public async Task A_port_is_mapped_to_itself()
    {
        var id = await StartAsync("exec sleep 1000", spec => spec with { Port = 20_123 });
        var without = await StartAsync("exec sleep 1000");

        Assert.Equal([(20_123, 20_123)], Fake[GardenNotes.HandleOf(id)].Ports);
        Assert.Empty(Fake[GardenNotes.HandleOf(without)].Ports);
    }

    [Fact]
    public async Task Each_container_has_a_copy_of_the_image_that_goes_with_it()
    {
        var id = await StartAsync("echo mine > file; cat file; exec sleep 1000");
        await Poll.UntilAsync(() => LogOf(id) == "mine\n", "the file is written");
        var copies = Path.Combine(Directory, "garden/rootfs");

        Assert.Single(System.IO.Directory.EnumerateFiles(copies, "file", SearchOption.AllDirectories));
        await Runtime.RemoveAsync(id, Token);

        Assert.Empty(System.IO.Directory.EnumerateDirectories(copies));
        Assert.Empty(System.IO.Directory.EnumerateFiles(Path.Combine(Directory, "images"), "file", AllFiles));
    }

    [Fact]
    public async Task Hosts_that_share_a_Garden_do_not_see_each_others_containers()
    {
        var id = await StartAsync("exec sleep 1000");
        using var other = NewRuntime(Path.Combine(Directory, "other"), Fake.Url);
        await other.PrepareAsync(Token);

        Assert.Empty(await other.ListAsync(Token));
        await other.CutPowerAsync(Token);

        await RunningAsync(id, count: 1);
    }

    [Fact]
    public async Task Garden_is_reached_by_TCP_too()
    {
        await using var garden = FakeGarden.StartOnPort();
        using var runtime = NewRuntime(Path.Combine(Directory, "tcp"), garden.Url);
        await runtime.PrepareAsync(Token);

        for (var number = 0; number < 10; number++)
        {
            var spec = ASpec("echo out; exit 9");
            await runtime.StartAsync(spec, Token);

            Assert.Equal(9, (await runtime.WaitAsync(spec.ContainerId, Token)).Code);
            Assert.Equal("out\n", LogOf(spec.ContainerId));
            await runtime.RemoveAsync(spec.ContainerId, Token);
        }
    }

    [Fact]
    public async Task An_agent_without_Garden_says_what_to_do()
    {
        using var runtime = NewRuntime(Path.Combine(Directory, "none"), $"unix://{Directory}/none.sock");

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() => runtime.PrepareAsync(Token));

        Assert.Contains($"unix://{Directory}/none.sock", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Agent:GardenUrl", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_whose_program_never_started_is_absent_and_can_be_taken_away()
    {
        var spec = ASpec("exec sleep 1000");
        Fake.Intercept = request =>
            request.Path is ["containers", _, "processes"] ? (500, """{"Type":"","Message":"no luck"}""") : null;

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));

        Assert.Contains("no luck", failure.Message, StringComparison.Ordinal);
        Assert.IsType<ContainerStatus.Absent>(await Runtime.InspectAsync(spec.ContainerId, Token));
        Assert.Equal([spec.ContainerId], await Runtime.ListAsync(Token));
        await Runtime.RemoveAsync(spec.ContainerId, Token);
        Assert.Empty(Fake.Containers);
    }

    [Fact]
    public async Task A_container_that_the_disk_forgot_is_found_by_its_label()
    {
        var id = await StartAsync("exec sleep 1000");
        System.IO.Directory.Delete(Path.Combine(Directory, "garden/containers"), recursive: true);
        using var other = AnotherRuntime();
        await other.PrepareAsync(Token);

        Assert.Equal([id], await other.ListAsync(Token));
        Assert.IsType<ContainerStatus.Running>(await other.InspectAsync(id, Token));
        await other.RemoveAsync(id, Token);

        Assert.Empty(Fake.Containers);
    }

    // The quirks, one by one.

    [Fact]
    public async Task A_form_is_eaten_by_the_router_so_everything_is_sent_as_JSON()
    {
        using var form = new StringContent("{}", Encoding.UTF8, "application/x-www-form-urlencoded");
        Assert.Equal((500, "EOF"), await AskAsync(HttpMethod.Post, "containers", form));

        var id = await StartAsync("exec sleep 1000", spec => spec with { Port = 20_124 });
        await Runtime.StopAsync(id, Term(TimeSpan.Zero), Token);

        Assert.All(
            Fake.Requests.Where(request => request.Body.Length > 0).Skip(1),
            request => Assert.Equal("application/json", request.ContentType)
        );
    }

    [Fact]
    public async Task Chunks_are_announced_and_not_sent_which_no_library_takes()
    {
        var id = await StartAsync("echo out; exec sleep 1000");
        using var http = NewHttp();

        await Assert.ThrowsAsync<HttpRequestException>(() =>
            http.GetStringAsync(
                new Uri($"containers/{GardenNotes.HandleOf(id)}/processes/main", UriKind.Relative),
                Token
            )
        );

        await Poll.UntilAsync(() => LogOf(id) == "out\n", "the driver takes it");
    }

    [Fact]
    public async Task The_exit_status_is_held_back_while_a_child_has_the_output()
    {
        var id = await StartAsync("sleep 1000 & echo up; exit 7");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it ran");
        var process = Fake[GardenNotes.HandleOf(id)].Processes["main"];
        await Poll.UntilAsync(() => process.HasExited, "it has ended");
        var waiting = Runtime.WaitAsync(id, Token);

        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(Soon, Token)));
        Libc.TrySignal(ProcessesOf(id).Single(), Libc.SignalKill);

        Assert.Equal(7, (await waiting).Code);
    }

    [Fact]
    public async Task A_gentle_stop_has_a_fixed_grace_so_the_driver_never_asks_for_one()
    {
        Fake.StopGrace = Soon;
        var id = await StartAsync("trap '' TERM; echo up; while :; do sleep 0.05; done");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");
        var other = await StartAsync("exec sleep 1000");
        var path = $"containers/{GardenNotes.HandleOf(id)}/stop";
        using var gentle = new StringContent("""{"kill":false}""", Encoding.UTF8, "application/json");
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        Assert.Equal((200, ""), await AskAsync(HttpMethod.Put, path, gentle));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) >= Soon);
        Assert.Equal(137, (await Runtime.WaitAsync(id, Token)).Code);

        await Runtime.StopAsync(other, Term(Poll.Deadline), Token);
        Assert.Equal(143, (await Runtime.WaitAsync(other, Token)).Code);
        Assert.Single(Fake.Requests, request => request.Path is [.., "stop"]);
    }

    [Fact]
    public async Task A_handle_in_use_is_an_error_without_a_type_and_told_as_it_is()
    {
        var spec = ASpec("exec sleep 1000");
        await Runtime.StartAsync(spec, Token);

        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));

        Assert.Contains("already in use", failure.Message, StringComparison.Ordinal);
        await RunningAsync(spec.ContainerId, count: 1);
    }

    [Fact]
    public async Task Two_may_destroy_a_container_at_once_and_both_succeed()
    {
        Fake.DestroyTime = Soon;
        var id = await StartAsync("exec sleep 1000");
        var handle = GardenNotes.HandleOf(id);
        var first = Runtime.RemoveAsync(id, Token);
        await Poll.UntilAsync(() => Fake[handle].IsBeingDestroyed, "it is being destroyed");

        Assert.Equal(
            (500, "container already being destroyed"),
            await AskAsync(HttpMethod.Delete, $"containers/{handle}", content: null)
        );
        await Runtime.RemoveAsync(id, Token);
        await first;

        Assert.Empty(await Runtime.ListAsync(Token));
    }

    [Fact]
    public async Task Only_the_state_tells_that_a_container_does_not_exist()
    {
        using var value = new StringContent("""{"value":"blue"}""", Encoding.UTF8, "application/json");
        Assert.Equal((200, ""), await AskAsync(HttpMethod.Get, "containers/nobody/limits/disk", content: null));
        Assert.Equal((200, ""), await AskAsync(HttpMethod.Put, "containers/nobody/properties/colour", value));
        using var http = NewHttp();
        Assert.Equal(
            "null\n",
            await http.GetStringAsync(new Uri("containers/nobody/properties", UriKind.Relative), Token)
        );

        Assert.IsType<ContainerStatus.Absent>(await Runtime.InspectAsync("nobody", Token));
        Assert.Null(await Garden.MeasureAsync("nobody", Token));
        await Runtime.StopAsync("nobody", Term(TimeSpan.Zero), Token);
        Assert.Equal(ContainerExit.Unseen, await Runtime.WaitAsync("nobody", Token));
    }

    [Fact]
    public async Task One_that_goes_between_the_list_and_its_state_has_no_properties_and_is_listed_by_its_handle()
    {
        Fake.Intercept = request =>
            request is { Method: "GET", Path: ["containers"] } ? (200, """{"Handles":["zz"]}""") : null;

        Assert.Equal(["zz"], await Runtime.ListAsync(Token));
        await Runtime.RemoveAsync("zz", Token);
    }

    [Fact]
    public async Task Output_goes_on_when_its_connection_breaks()
    {
        Fake.OutputFaults.Enqueue(_ => Task.FromResult(false));
        Fake.OutputFaults.Enqueue(_ => Task.FromResult(false));
        Fake.OutputFaults.Enqueue(_ => Task.FromResult(false));

        var id = await StartAsync("echo out; echo error >&2; exec sleep 1000");

        await Poll.UntilAsync(() => LogOf(id).Length == "out\nerror\n".Length, "both are written");
    }

    [Fact]
    public async Task Garden_may_go_away_and_come_back_under_running_containers()
    {
        var id = await StartAsync("trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.05; done");
        await Poll.UntilAsync(() => LogOf(id) == "up\n", "it runs");
        var waiting = Runtime.WaitAsync(id, Token);

        Fake.GoAway();
        var failure = await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.InspectAsync(id, Token));
        await Task.Delay(TimeSpan.FromSeconds(1), Token); // Several tries.
        Fake.Return();

        Assert.Contains("does not answer", failure.Message, StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        await Poll.UntilAsync(() => Fake.Requests.Any(IsAttach), "it is attached to again");
        Assert.IsType<ContainerStatus.Running>(await Runtime.InspectAsync(id, Token));
        await Runtime.StopAsync(id, Term(Poll.Deadline), Token);
        Assert.Equal(4, (await waiting).Code);
        Assert.Equal("up\nbye\n", LogOf(id));

        static bool IsAttach(FakeRequest request) => request is { Method: "GET", Path: [_, _, "processes", _] };
    }

    [Fact]
    public async Task One_that_ends_while_Garden_is_away_is_learnt_of_later()
    {
        var id = await StartAsync("exec sleep 1000");
        var process = (await RunningAsync(id, count: 1)).Single();
        var waiting = Runtime.WaitAsync(id, Token);

        Fake.GoAway();
        Libc.TrySignal(process, Libc.SignalKill);
        await Task.Delay(Soon, Token);
        Fake.Return();

        Assert.Equal(137, (await waiting).Code);
    }

    [Fact]
    public async Task A_Garden_that_is_not_ready_yet_is_waited_for()
    {
        var refusals = 0;
        var id = await StartAsync("exec sleep 1000");
        var waiting = Runtime.WaitAsync(id, Token);
        Fake.Intercept = request =>
            request is { Method: "GET", Path: [_, _, "processes", _] } && refusals++ < 5
                ? (503, """{"Type":"ServiceUnavailableError","Message":"starting"}""")
                : null;

        Fake.CutConnections();
        await Poll.UntilAsync(() => refusals > 5, "it was tried again and again");
        Libc.TrySignal(ProcessesOf(id).Single(), Libc.SignalKill);

        Assert.Equal(137, (await waiting).Code);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_comes_instead_of_a_line_the_end_is_learnt(string fault)
    {
        var id = await StartAsync("exec sleep 1000");
        await RunningAsync(id, count: 1);
        using var other = AnotherRuntime();
        await other.PrepareAsync(Token);
        Fake.Faults.Enqueue((stream, first) => WriteFaultAsync(fault, stream, first));
        Fake.Faults.Enqueue((stream, first) => WriteFaultAsync(fault, stream, first));

        var waiting = other.WaitAsync(id, Token);
        await Poll.UntilAsync(() => Fake.Faults.IsEmpty || fault is "slow" or "number", "it happened");
        Libc.TrySignal(ProcessesOf(id).Single(), Libc.SignalKill);

        Assert.Equal(137, (await waiting).Code);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("half")]
    [InlineData("garbage")]
    [InlineData("oversized")]
    public async Task A_start_whose_answer_is_spoilt_fails_and_can_be_taken_away(string fault)
    {
        var spec = ASpec("exec sleep 1000");
        Fake.Faults.Enqueue((stream, first) => WriteFaultAsync(fault, stream, first));

        await Assert.ThrowsAsync<RuntimeFailedException>(() => Runtime.StartAsync(spec, Token));
        await Runtime.RemoveAsync(spec.ContainerId, Token);

        Assert.Empty(await Runtime.ListAsync(Token));
        await Poll.UntilAsync(() => ProcessesOf(spec.ContainerId).Count == 0, "nothing runs");
    }

    [Fact]
    public async Task A_flood_of_output_fills_no_more_than_one_log()
    {
        var id = await StartAsync("while :; do echo 0123456789012345678901234567890123456789; done");

        await Poll.UntilAsync(() => ReadLog(id).Exists, "it writes");
        await Poll.UntilAsync(() => ReadLog(id).Length > LogRotation.MaxBytes / 2, "half of it is full");
        await Poll.UntilAsync(() => ReadLog(id).Length < LogRotation.MaxBytes / 2, "it was begun anew");
        await Runtime.RemoveAsync(id, Token);

        Assert.InRange(ReadLog(id).Length, 0, LogRotation.MaxBytes);
    }

    private static readonly EnumerationOptions AllFiles = new() { RecurseSubdirectories = true };

    private FileInfo ReadLog(string id) => new(Path.Combine(Directory, "logs", id));

    /// <summary>True if the connection goes on as usual.</summary>
    private static async Task<bool> WriteFaultAsync(string fault, Stream stream, byte[] first)
    {
        switch (fault)
        {
            case "cut":
                return false;
            case "half":
                await stream.WriteAsync(first.AsMemory(0, first.Length / 2));
                return false;
            case "garbage":
                await stream.WriteAsync("}{ \u0000\n"u8.ToArray());
                await Task.Delay(TimeSpan.FromSeconds(30));
                return false;
            case "oversized":
                await stream.WriteAsync(Encoding.ASCII.GetBytes(new string('x', 2 * ProcessLine.MaxBytes)));
                await Task.Delay(TimeSpan.FromSeconds(30));
                return false;
            case "chunked":
                await stream.WriteAsync((byte[])[.. first, .. "4f\r\n"u8]);
                return true;
            case "number":
                await stream.WriteAsync(
                    Encoding.UTF8.GetBytes(
                        Encoding.UTF8.GetString(first).Replace("}", ",\"new\":{\"a\":[]}}", StringComparison.Ordinal)
                    )
                );
                return true;
            default:
                foreach (var one in first)
                {
                    await stream.WriteAsync((byte[])[one]);
                    await Task.Delay(5);
                }

                return true;
        }
    }

    private GardenRuntime NewRuntime(string directory, string url)
    {
        Assert.True(GardenAddress.TryParse(url, out var address));
        return new GardenRuntime(
            new GardenSettings(address, $"raw://{GardenRootfs.Copy}", Depot: ""),
            directory,
            _images!,
            TimeProvider.System,
            NullLogger<GardenRuntime>.Instance
        );
    }

    private HttpClient NewHttp()
    {
        Assert.True(GardenAddress.TryParse(Fake.Url, out var address));
        return new HttpClient(
            new SocketsHttpHandler { ConnectCallback = async (_, token) => await address.ConnectAsync(token) }
        )
        {
            BaseAddress = address.BaseAddress,
        };
    }

    /// <summary>The status, and the message if it is an error.</summary>
    private async Task<(int Status, string Message)> AskAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var http = NewHttp();
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await http.SendAsync(request, Token);
        var body = await response.Content.ReadAsStringAsync(Token);
        return ((int)response.StatusCode, (string?)JsonNode.Parse(body)?["Message"] ?? "");
    }
}
