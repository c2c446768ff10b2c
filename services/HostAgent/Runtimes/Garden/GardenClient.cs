using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>The routes of Garden's API that are plain HTTP.</summary>
internal sealed class GardenClient : IDisposable
{
    /// <summary>A container takes half a second to make or destroy, and up to 11 s to stop gently.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(5);

    /// <summary>The states of as many containers as we ask for at once, with all the properties that Garden adds.</summary>
    private const long MaxAnswerBytes = 8 * 1024 * 1024;

    private readonly GardenFailures _failures;
    private readonly HttpClient _http;

    public GardenClient(GardenAddress address)
    {
        _failures = new GardenFailures(address);
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, token) => await address.ConnectAsync(token),
                ConnectTimeout = ConnectDeadline,
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
        )
        {
            BaseAddress = address.BaseAddress,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan, // Each call has its own.
        };
    }

    public Task PingAsync(CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, "ping", content: null, "answer a ping", cancellationToken);

    public Task<GardenCapacity> ReadCapacityAsync(CancellationToken cancellationToken) =>
        GetAsync("capacity", GardenJson.Default.GardenCapacity, "tell its capacity", cancellationToken);

    public Task CreateAsync(GardenContainer container, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            "containers",
            Json(container, GardenJson.Default.GardenContainer),
            $"create the container {container.Handle}",
            cancellationToken
        );

    public Task MapPortAsync(string handle, int port, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            $"{PathOf(handle)}/net/in",
            Json(new GardenPortMapping(port, port), GardenJson.Default.GardenPortMapping),
            $"map port {port}",
            cancellationToken
        );

    /// <summary>The handles of containers that have this property.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(
        string property,
        string value,
        CancellationToken cancellationToken
    ) =>
        (
            await GetAsync(
                $"containers?{Uri.EscapeDataString(property)}={Uri.EscapeDataString(value)}",
                GardenJson.Default.GardenHandles,
                "list containers",
                cancellationToken
            )
        ).Handles
        ?? [];

    /// <summary>The only route that tells whether a container exists: null if it does not.</summary>
    public async Task<GardenInfo?> FindAsync(string handle, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(
                $"{PathOf(handle)}/info",
                GardenJson.Default.GardenInfo,
                $"tell the state of {handle}",
                cancellationToken
            );
        }
        catch (RuntimeFailedException e) when (GardenRefusedException.IsMissingReasonOf(e))
        {
            return null;
        }
    }

    public Task<IReadOnlyDictionary<string, GardenInfoEntry>> FindAsync(
        IReadOnlyList<string> handles,
        CancellationToken cancellationToken
    ) =>
        GetAsync(
            $"containers/bulk_info?handles={string.Join(',', handles.Select(Uri.EscapeDataString))}",
            GardenJson.Default.IReadOnlyDictionaryStringGardenInfoEntry,
            "tell the state of containers",
            cancellationToken
        );

    public Task<GardenMetrics> MeasureAsync(string handle, CancellationToken cancellationToken) =>
        GetAsync($"{PathOf(handle)}/metrics", GardenJson.Default.GardenMetrics, $"measure {handle}", cancellationToken);

    /// <summary>SIGKILL to all its processes.</summary>
    public Task KillAsync(string handle, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Put,
            $"{PathOf(handle)}/stop",
            Json(new GardenStop(IsKill: true), GardenJson.Default.GardenStop),
            $"kill {handle}",
            cancellationToken
        );

    public Task DestroyAsync(string handle, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, PathOf(handle), content: null, $"destroy {handle}", cancellationToken);

    /// <summary>Unpacks a tar stream, however long that takes.</summary>
    public async Task CopyInAsync(string handle, string directory, Stream archive, CancellationToken cancellationToken)
    {
        using var content = new ArchiveContent(archive);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        var path = $"{PathOf(handle)}/files?user=root&destination={Uri.EscapeDataString(directory)}";
        await SendAsync(
            HttpMethod.Put,
            path,
            content,
            Timeout.InfiniteTimeSpan,
            $"unpack into {directory}",
            cancellationToken
        );
    }

    public void Dispose() => _http.Dispose();

    private static string PathOf(string handle) => $"containers/{Uri.EscapeDataString(handle)}";

    private static ByteArrayContent Json<T>(T value, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        // Without it Garden's router takes the body for a form, and the handler finds none: "EOF".
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private async Task<T> GetAsync<T>(
        string path,
        JsonTypeInfo<T> type,
        string asked,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var answer = await SendAsync(HttpMethod.Get, path, content: null, asked, cancellationToken);
        try
        {
            return JsonSerializer.Deserialize(answer, type)
                ?? throw new RuntimeFailedException($"Garden did not {asked}: it answered null.");
        }
        catch (JsonException e)
        {
            throw new RuntimeFailedException($"Garden did not {asked} in a form that is known here: {e.Message}", e);
        }
    }

    private Task<byte[]> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        string asked,
        CancellationToken cancellationToken
    ) => SendAsync(method, path, content, Deadline, asked, cancellationToken);

    private async Task<byte[]> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        TimeSpan within,
        string asked,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(within);
        try
        {
            using var response = await _http.SendAsync(request, deadline.Token);
            var body = await response.Content.ReadAsByteArrayAsync(deadline.Token);
            return response.IsSuccessStatusCode ? body : throw GardenFailures.Refused(asked, response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw _failures.Late(asked, within);
        }
        catch (Exception e) when (GardenFailures.IsOfTheConnection(e))
        {
            throw _failures.Unreachable(e);
        }
    }

    /// <summary>Leaves the stream open: it is the caller's.</summary>
    private sealed class ArchiveContent(Stream archive) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            archive.CopyToAsync(stream, CancellationToken.None);

        protected override Task SerializeToStreamAsync(
            Stream stream,
            System.Net.TransportContext? context,
            CancellationToken cancellationToken
        ) => archive.CopyToAsync(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
