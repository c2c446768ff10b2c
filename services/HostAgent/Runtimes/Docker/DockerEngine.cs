using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Docker.DotNet;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// The daemon behind a Unix socket: Docker's, or Podman's, which answers in the same way. Whatever it cannot do becomes a
/// <see cref="RuntimeFailedException"/>, and nothing waits for it longer than a deadline.
/// </summary>
internal sealed class DockerEngine : IDisposable
{
    /// <summary>The slowest ordinary call is a create on a machine that creates many at once: seconds.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>The newest version of the API that this was written for; daemons from 1.41 on were tried.</summary>
    private static readonly Version Newest = new(1, 47);

    private readonly string _socket;

    /// <summary>For what the package does not hand out: headers, and logs with the bounds of their frames.</summary>
    private readonly HttpClient _http;

    private DockerClient? _client;

    public DockerEngine(string socket)
    {
        _socket = socket;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, cancellationToken) => await ConnectAsync(socket, cancellationToken),
            }
        )
        {
            BaseAddress = new UriBuilder(Uri.UriSchemeHttp, "daemon").Uri,
            Timeout = Timeout.InfiniteTimeSpan, // Logs are followed for as long as a container runs.
        };
    }

    /// <summary>What both of us speak, known once it was asked.</summary>
    public Version Version { get; private set; } = Newest;

    public bool IsPodman { get; private set; }

    private string Name => IsPodman ? "Podman" : "Docker";

    /// <summary>Asks what the daemon is, and settles on the lower of both versions.</summary>
    public async Task NegotiateAsync(CancellationToken cancellationToken)
    {
        using var answer = await GuardAsync(
            "tell its version",
            Deadline,
            token => _http.GetAsync(new Uri("_ping", UriKind.Relative), token),
            cancellationToken
        );
        if (
            !answer.Headers.TryGetValues("Api-Version", out var versions)
            || !Version.TryParse(versions.FirstOrDefault(), out var theirs)
        )
        {
            throw new RuntimeFailedException($"What listens at {_socket} does not speak the Docker Engine API.");
        }

        IsPodman = answer.Headers.Contains("Libpod-Api-Version");
        Version = theirs < Newest ? theirs : Newest;
        _client?.Dispose();
        _client = new DockerClientBuilder()
            .WithEndpoint(new Uri($"unix://{_socket}"))
            .WithApiVersion(Version)
            .WithTimeout(Timeout.InfiniteTimeSpan) // Each call has a deadline of its own, below.
            .Build();
    }

    /// <param name="action">What it is asked to do, for people: "Docker could not {action}".</param>
    /// <exception cref="RuntimeFailedException">It is away, too slow, or refuses.</exception>
    public Task<T> CallAsync<T>(
        string action,
        Func<DockerClient, CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    ) => CallAsync(action, Deadline, call, cancellationToken);

    /// <inheritdoc cref="CallAsync{T}(string, Func{DockerClient, CancellationToken, Task{T}}, CancellationToken)"/>
    public Task<T> CallAsync<T>(
        string action,
        TimeSpan deadline,
        Func<DockerClient, CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    )
    {
        var client = _client ?? throw new InvalidOperationException("Prepare comes first.");
        return GuardAsync(action, deadline, token => call(client, token), cancellationToken);
    }

    /// <summary>What a container has written, as frames.</summary>
    /// <param name="since">Whole seconds since 1970: Podman rounds anything finer.</param>
    public async Task<HttpResponseMessage> OpenLogAsync(
        string container,
        long since,
        bool isFollowed,
        CancellationToken cancellationToken
    )
    {
        var query = string.Create(
            CultureInfo.InvariantCulture,
            $"v{Version}/containers/{container}/logs?stdout=1&stderr=1&timestamps=1&since={since}&follow={isFollowed}"
        );
        // Podman answers only once there is something to tell, so a log that is followed has no deadline.
        var answer = await GuardAsync(
            "show a log",
            isFollowed ? Timeout.InfiniteTimeSpan : Deadline,
            token => _http.GetAsync(new Uri(query, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, token),
            cancellationToken
        );
        if (!answer.IsSuccessStatusCode)
        {
            using (answer)
            {
                throw new RuntimeFailedException($"{Name} could not show a log: {answer.StatusCode}.");
            }
        }

        return answer;
    }

    public void Dispose()
    {
        _client?.Dispose();
        _http.Dispose();
    }

    /// <summary>What the daemon says in its answer, without the JSON around it.</summary>
    public static string MessageOf(DockerApiException exception)
    {
        try
        {
            using var body = JsonDocument.Parse(exception.ResponseBody ?? "");
            return body.RootElement.GetProperty("message").GetString() ?? exception.Message;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return exception.Message; // Not the daemon's own words, then whatever the package made of them.
        }
    }

    private async Task<T> GuardAsync<T>(
        string action,
        TimeSpan deadline,
        Func<CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        try
        {
            return await call(limit.Token);
        }
        catch (DockerApiException e)
        {
            throw new RuntimeFailedException($"{Name} could not {action}: {MessageOf(e).Trim()}", e);
        }
        catch (Exception e)
            when (e is OperationCanceledException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeFailedException(
                $"{Name} at {_socket} did not {action} within {deadline.TotalSeconds:0} s. Does the daemon hang?",
                e
            );
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new RuntimeFailedException(
                $"{Name} at {_socket} cannot be reached to {action}: {e.Message} Does the daemon run, and may the agent use its socket?",
                e
            );
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
