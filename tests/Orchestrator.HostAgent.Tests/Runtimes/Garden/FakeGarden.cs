using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>
/// A server that answers as Garden was seen to answer, quirks and all, and runs real processes. It is not Garden: it
/// isolates nothing, limits memory by looking, and gives every container the network of this machine.
/// </summary>
internal sealed class FakeGarden : IAsyncDisposable
{
    private readonly EndPoint _endPoint;
    private readonly ConcurrentDictionary<string, FakeContainer> _containers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeStream> _streams = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Stream, bool> _connections = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
    private Socket? _listener;
    private int _nextStream;
    private int _nextPort = 61_000;

    private FakeGarden(EndPoint endPoint) => _endPoint = endPoint;

    public string Url =>
        _endPoint is UnixDomainSocketEndPoint
            ? $"unix://{_endPoint}"
            : string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_endPoint).Port}");

    public IEnumerable<FakeRequest> Requests => _requests;

    public IEnumerable<FakeContainer> Containers => _containers.Values;

    /// <summary>How long a gentle stop waits before it kills; nobody can change it in the real one.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(10);

    public TimeSpan DestroyTime { get; set; }

    public TimeSpan CreateTime { get; set; }

    /// <summary>Answers in its place if it does not return null.</summary>
    public Func<FakeRequest, (int Status, string Body)?> Intercept { get; set; } = _ => null;

    /// <summary>
    /// What happens to the next connections for a process, one each: it may write what it likes behind the head of the
    /// answer, and is given the true first line. True: all goes on as usual behind that.
    /// </summary>
    public ConcurrentQueue<Func<Stream, byte[], Task<bool>>> Faults { get; } = new();

    /// <summary>The same for connections for output, which have no first line.</summary>
    public ConcurrentQueue<Func<Stream, Task<bool>>> OutputFaults { get; } = new();

    public static FakeGarden StartOnSocket(string path)
    {
        var garden = new FakeGarden(new UnixDomainSocketEndPoint(path));
        garden.Return();
        return garden;
    }

    public static FakeGarden StartOnPort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var garden = new FakeGarden(probe.LocalEndpoint);
        probe.Stop();
        garden.Return();
        return garden;
    }

    /// <summary>The daemon dies: connections and streams with it, containers not.</summary>
    public void GoAway()
    {
        _listener?.Dispose();
        _listener = null;
        _streams.Clear();
        foreach (var process in _containers.Values.SelectMany(one => one.Processes.Values))
        {
            process.Detach();
        }

        CutConnections();
    }

    public void CutConnections()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }

    public void Return()
    {
        if (_endPoint is UnixDomainSocketEndPoint)
        {
            File.Delete(_endPoint.ToString()!);
        }

        _listener = new Socket(_endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(_endPoint);
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    public FakeContainer this[string handle] => _containers[handle];

    public async ValueTask DisposeAsync()
    {
        GoAway();
        await Task.WhenAll(_containers.Values.Select(one => one.DestroyAsync()));
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(new NetworkStream(await listener.AcceptAsync(), ownsSocket: true));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It went away.
        }
    }

    private async Task ServeAsync(NetworkStream connection)
    {
        _connections[connection] = true;
        try
        {
            var http = new FakeHttp(connection);
            while (await http.ReadAsync(CancellationToken.None) is { } request)
            {
                _requests.Enqueue(request);
                if (!await RouteAsync(http, request))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client went away, or we did.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            await connection.DisposeAsync();
        }
    }

    /// <summary>False if the connection is used up.</summary>
    private async Task<bool> RouteAsync(FakeHttp http, FakeRequest request)
    {
        try
        {
            if (Intercept(request) is var (status, body))
            {
                await ReplyAsync(http, status, body);
                return true;
            }

            switch (request.Method, request.Path)
            {
                case ("POST", ["containers", var handle, "processes"]):
                    await RunAsync(http, handle, Parse(request));
                    return false;
                case ("GET", ["containers", var handle, "processes", var process]):
                    await AttachAsync(http, handle, process);
                    return false;
                case ("GET", ["containers", _, "processes", _, "attaches", var stream, var name]):
                    await ServeOutputAsync(http, stream, name == "stderr");
                    return false;
                default:
                    if (await AnswerAsync(request) is { } answer)
                    {
                        await ReplyAsync(http, 200, answer);
                    }
                    else
                    {
                        await http.ReplyAsync(404, "404 page not found\n", "text/plain", CancellationToken.None);
                    }

                    return true;
            }
        }
        catch (FakeErrorException e)
        {
            await ReplyAsync(http, e.Status, e.ToJson());
            return true;
        }
    }

    private static Task ReplyAsync(FakeHttp http, int status, string body) =>
        http.ReplyAsync(status, body + "\n", "application/json", CancellationToken.None);

    private async Task<string?> AnswerAsync(FakeRequest request) =>
        (request.Method, request.Path) switch
        {
            ("GET", ["ping"]) => "{}",
            ("GET", ["capacity"]) =>
                """{"memory_in_bytes":8589934592,"disk_in_bytes":107374182400,"max_containers":250}""",
            ("GET", ["containers"]) => List(request.Query),
            ("POST", ["containers"]) => await CreateAsync(Parse(request)),
            ("GET", ["containers", "bulk_info"]) => Bulk(
                request,
                "Info",
                one => one.Info(),
                handle => $"unknown handle: {handle}"
            ),
            ("GET", ["containers", "bulk_metrics"]) => Bulk(
                request,
                "Metrics",
                one => one.Metrics(),
                _ => "runC stats: runc: exit status 1: container does not exist"
            ),
            ("DELETE", ["containers", var handle]) => await DestroyAsync(Require(handle)),
            ("PUT", ["containers", var handle, "stop"]) => await StopAsync(Require(handle), Parse(request)),
            ("GET", ["containers", var handle, "info"]) => Require(handle).Info().ToJsonString(),
            ("GET", ["containers", var handle, "metrics"]) => Find(handle)?.Metrics().ToJsonString()
                ?? throw new FakeErrorException(500, "", "runC stats: runc: exit status 1: container does not exist"),
            ("PUT", ["containers", var handle, "files"]) => Unpack(Require(handle), request),
            ("GET", ["containers", _, "limits", _]) => "{}",
            ("POST", ["containers", var handle, "net", "in"]) => MapPort(Require(handle), Parse(request)),
            ("PUT", ["containers", _, "grace_time"]) => "{}",
            ("GET", ["containers", var handle, "properties"]) => Find(handle)?.PropertiesAsJson().ToJsonString()
                ?? "null",
            ("PUT", ["containers", var handle, "properties", var key]) => SetProperty(handle, key, Parse(request)),
            ("GET", ["containers", var handle, "properties", var key]) => GetProperty(handle, key),
            _ => null,
        };

    private FakeContainer? Find(string handle) => _containers.GetValueOrDefault(handle);

    private FakeContainer Require(string handle) =>
        Find(handle)
        ?? throw new FakeErrorException(404, "ContainerNotFoundError", $"unknown handle: {handle}", handle);

    private static JsonNode Parse(FakeRequest request)
    {
        if (request.Text.Length == 0)
        {
            throw new FakeErrorException(500, "", "EOF");
        }

        try
        {
            return JsonNode.Parse(request.Text)!;
        }
        catch (JsonException)
        {
            throw new FakeErrorException(500, "", "invalid character 'b' looking for beginning of object key string");
        }
    }

    private string List(IReadOnlyDictionary<string, string> filter) =>
        new JsonObject
        {
            ["Handles"] = new JsonArray([
                .. _containers
                    .Values.Where(one => filter.All(pair => one.Properties.GetValueOrDefault(pair.Key) == pair.Value))
                    .Select(one => (JsonNode)one.Handle),
            ]),
        }.ToJsonString();

    private string Bulk(
        FakeRequest request,
        string kind,
        Func<FakeContainer, JsonObject> tell,
        Func<string, string> missing
    )
    {
        var all = new JsonObject();
        foreach (var handle in request.Query["handles"].Split(','))
        {
            all[handle] = Find(handle) is { } container
                ? new JsonObject { [kind] = tell(container), ["Err"] = null }
                : new JsonObject
                {
                    [kind] = new JsonObject { ["State"] = "", ["Properties"] = null },
                    ["Err"] = JsonNode.Parse(new FakeErrorException(500, "", missing(handle)).ToJson()),
                };
        }

        return all.ToJsonString();
    }

    private async Task<string> CreateAsync(JsonNode spec)
    {
        var handle = (string?)spec["handle"] ?? Guid.NewGuid().ToString();
        if (!((string?)spec["rootfs"] ?? "").StartsWith("raw://", StringComparison.Ordinal))
        {
            throw new FakeErrorException(500, "", "image plugin: no image plugin is configured");
        }

        await Task.Delay(CreateTime);
        spec["handle"] = handle;
        if (!_containers.TryAdd(handle, new FakeContainer(spec)))
        {
            throw new FakeErrorException(500, "", $"Handle '{handle}' already in use");
        }

        if ((long?)spec["grace_time"] is > 0 and var grace)
        {
            _ = ReapAsync(_containers[handle], TimeSpan.FromMicroseconds(grace / 1000.0));
        }

        return new JsonObject { ["Handle"] = handle }.ToJsonString();
    }

    private async Task ReapAsync(FakeContainer container, TimeSpan grace)
    {
        await Task.Delay(grace);
        await DestroyAsync(container);
    }

    private async Task<string> DestroyAsync(FakeContainer container)
    {
        if (container.IsBeingDestroyed)
        {
            throw new FakeErrorException(500, "", "container already being destroyed");
        }

        container.IsBeingDestroyed = true;
        await Task.Delay(DestroyTime);
        await container.DestroyAsync();
        _containers.TryRemove(container.Handle, out _);
        return "{}";
    }

    private async Task<string> StopAsync(FakeContainer container, JsonNode body)
    {
        await container.StopAsync((bool)body["kill"]!, StopGrace);
        return "{}";
    }

    private static string Unpack(FakeContainer container, FakeRequest request)
    {
        if (request.ContentType != "application/x-tar" || !request.Query.ContainsKey("user"))
        {
            throw new FakeErrorException(500, "", "stream-in: nstar: error streaming in: exit status 1");
        }

        try
        {
            container.Unpack(request.Body, request.Query["destination"]);
            return "{}";
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new FakeErrorException(
                500,
                "",
                $"stream-in: nstar: error streaming in: exit status 1. Output: {e.Message}"
            );
        }
    }

    private string MapPort(FakeContainer container, JsonNode body)
    {
        var host = (int)body["host_port"]!;
        host = host == 0 ? Interlocked.Increment(ref _nextPort) : host;
        var inside = (int)body["container_port"]!;
        container.Ports.Enqueue((host, inside == 0 ? host : inside));
        return new JsonObject { ["host_port"] = host, ["container_port"] = inside == 0 ? host : inside }.ToJsonString();
    }

    private string SetProperty(string handle, string key, JsonNode body)
    {
        if (Find(handle) is { } container)
        {
            container.Properties[key] = (string)body["value"]!;
        }

        return "{}";
    }

    private string GetProperty(string handle, string key) =>
        Find(handle)?.Properties.GetValueOrDefault(key) is { } value
            ? new JsonObject { ["value"] = value }.ToJsonString()
            : throw new FakeErrorException(500, "", $"property does not exist: {key}");

    private async Task RunAsync(FakeHttp http, string handle, JsonNode program)
    {
        var container = Require(handle);
        if (program["user"] is null)
        {
            throw new FakeErrorException(500, "", "no user"); // Stricter than the real one: what it takes has changed over time.
        }

        if (container.Run(program) is not { } process)
        {
            var path = (string?)program["path"];
            throw new FakeErrorException(
                500,
                "ExecutableNotFoundError",
                $"exec failed: unable to start container process: exec: \"{path}\": stat {path}: no such file or directory"
            );
        }

        await FollowAsync(http, 201, process);
    }

    private Task AttachAsync(FakeHttp http, string handle, string processId) =>
        Require(handle).Processes.TryGetValue(processId, out var process)
            ? FollowAsync(http, 200, process)
            : throw new FakeErrorException(404, "ProcessNotFoundError", $"unknown process: {processId}", "", processId);

    private async Task FollowAsync(FakeHttp http, int status, FakeProcess process)
    {
        var stream = process.Attach(Interlocked.Increment(ref _nextStream).ToString(CultureInfo.InvariantCulture));
        _streams[stream.Id] = stream;
        try
        {
            await http.TakeOverAsync(status, CancellationToken.None);
            var first = Encoding.UTF8.GetBytes($"{{\"process_id\":\"{process.Id}\",\"stream_id\":\"{stream.Id}\"}}\n");
            if (Faults.TryDequeue(out var fault))
            {
                if (!await fault(http.Stream, first))
                {
                    return;
                }
            }
            else
            {
                await http.Stream.WriteAsync(first);
            }

            var closed = ReadInputAsync(http, process);
            if (await Task.WhenAny(process.ExitStatus, closed) == closed && await closed)
            {
                return;
            }

            var exit = (await process.ExitStatus).ToString(CultureInfo.InvariantCulture);
            await http.Stream.WriteAsync(
                Encoding.UTF8.GetBytes($"{{\"process_id\":\"{process.Id}\",\"exit_status\":{exit}}}\n")
            );
        }
        finally
        {
            stream.Stop();
            _ = ForgetAsync(stream);
        }
    }

    /// <summary>True when the client has closed the connection. Once it has ended the input, nobody reads any more.</summary>
    private static async Task<bool> ReadInputAsync(FakeHttp http, FakeProcess process)
    {
        try
        {
            while (await http.ReadLineAsync(CancellationToken.None) is { } line)
            {
                var message = JsonNode.Parse(line)!;
                if ((int?)message["signal"] is { } signal)
                {
                    process.Signal(signal == 1 ? Libc.SignalKill : Libc.SignalTerminate);
                }
                else if ((string?)message["data"] is { } data)
                {
                    await process.WriteAsync(data);
                }
                else
                {
                    process.EndInput();
                    return false;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Cut.
        }

        process.EndInput();
        return true;
    }

    private async Task ForgetAsync(FakeStream stream)
    {
        await Task.Delay(TimeSpan.FromMinutes(1));
        _streams.TryRemove(stream.Id, out _);
    }

    private async Task ServeOutputAsync(FakeHttp http, string streamId, bool isErrors)
    {
        await http.TakeOverAsync(200, CancellationToken.None);
        if (OutputFaults.TryDequeue(out var fault) && !await fault(http.Stream))
        {
            return;
        }

        if (_streams.TryGetValue(streamId, out var stream))
        {
            await foreach (var chunk in (isErrors ? stream.Errors : stream.Output).Reader.ReadAllAsync())
            {
                await http.Stream.WriteAsync(chunk);
            }
        }
    }
}

internal sealed class FakeErrorException(int status, string type, string message, string handle, string processId)
    : Exception
{
    public FakeErrorException(int status, string type, string message)
        : this(status, type, message, "", "") { }

    public FakeErrorException(int status, string type, string message, string handle)
        : this(status, type, message, handle, "") { }

    public int Status => status;

    public string ToJson() =>
        new JsonObject
        {
            ["Type"] = type,
            ["Message"] = message,
            ["Handle"] = handle,
            ["ProcessID"] = processId,
            ["Binary"] = "",
        }.ToJsonString();
}
