using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Orchestrator.Contracts.Http;

namespace Orchestrator.HostAgent.Enrolment;

/// <summary>What somebody wants of <c>join</c>.</summary>
internal sealed record JoinOrder
{
    public required string Address { get; init; }

    public required string Token { get; init; }

    public required string HostId { get; init; }

    public required string DataDirectory { get; init; }

    /// <summary>Null for the address that reaches the control plane.</summary>
    public required string? AdvertiseAddress { get; init; }

    public required bool AllowsPlainHttp { get; init; }

    public required bool JoinsAgain { get; init; }
}

/// <summary>Asks the control plane to be let in, and writes down what it answers.</summary>
internal static class Joining
{
    private const int MaxAnswerBytes = 64 * 1024;

    /// <summary>The control plane asks the broker three times, up to ten seconds each.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
    };

    /// <summary>What to say about it.</summary>
    public static async Task<string> JoinAsync(JoinOrder order, CancellationToken cancellationToken)
    {
        var address = AddressOf(order);
        var path = EnrolmentFile.PathIn(order.DataDirectory);
        // Before the token is used up.
        if (File.Exists(path) && !order.JoinsAgain)
        {
            throw new JoinFailedException(
                JoinFailedException.Refused,
                $"This machine has joined already: {path} is there.",
                "Start the agent: systemctl start orchestrator-agent. To join anew, say --again."
            );
        }

        ThrowUnlessWritable(order.DataDirectory);
        var answer = await AskAsync(address, order, cancellationToken);
        EnrolmentFile.Write(
            order.DataDirectory,
            order.AdvertiseAddress ?? await OwnAddressAsync(address, cancellationToken),
            answer
        );
        var start = order.JoinsAgain
            ? "systemctl restart orchestrator-agent"
            : "systemctl enable --now orchestrator-agent";
        return $"""
            {answer.Host} has joined the cell {answer.Cell}. Its broker is {answer.BrokerHost}:{answer.BrokerPort}.{Doubt(
                address,
                answer
            )}
            What it was told is in {path}, readable by its owner alone.
            next: {start}
            """;
    }

    private static Uri AddressOf(JoinOrder order)
    {
        if (
            !Uri.TryCreate(order.Address, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
        )
        {
            throw new JoinFailedException(
                JoinFailedException.Usage,
                $"'{order.Address}' is not where a control plane is.",
                "Give an URL such as https://orchestrator.example."
            );
        }

        return address.Scheme == Uri.UriSchemeHttps || address.IsLoopback || order.AllowsPlainHttp
            ? address
            : throw new JoinFailedException(
                JoinFailedException.Usage,
                $"{address} is not encrypted: whoever listens on the way to it would have the token and the password of this host.",
                "Give an https URL; or, on a network where nobody listens, say --insecure."
            );
    }

    private static void ThrowUnlessWritable(string directory)
    {
        try
        {
            Directory.CreateDirectory(
                directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
            var probe = EnrolmentFile.PathIn(directory) + ".probe";
            File.Create(probe).Dispose();
            File.Delete(probe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new JoinFailedException(
                JoinFailedException.Failed,
                $"The data directory cannot be written, so the token was not used: {exception.Message}",
                "Run it as root, or say another directory: --data-directory DIR"
            );
        }
    }

    private static async Task<JoinAnswer> AskAsync(Uri address, JoinOrder order, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                ConnectTimeout = ConnectWithin,
                // A proxy of the environment never knows the loopback of this machine.
                UseProxy = !address.IsLoopback,
            }
        )
        {
            Timeout = AnswerWithin,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/hosts/join"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", order.Token);
        request.Content = JsonContent.Create(new JoinRequest { Host = order.HostId }, options: Json);
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync<JoinAnswer>(Json, cancellationToken)
                    ?? throw new JsonException("The answer is null.")
                : throw Refusal(await response.Content.ReadFromJsonAsync<Problem>(Json, cancellationToken));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new JoinFailedException(
                JoinFailedException.Failed,
                $"No control plane answers at {address}: {exception.Message}",
                "Is the address right, and can this machine reach it?"
            );
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new JoinFailedException(
                JoinFailedException.Failed,
                $"The answer of {address} is not understood: {exception.Message}",
                "Is a control plane of this version listening there?"
            );
        }
    }

    private static JoinFailedException Refusal(Problem? problem) =>
        new(
            JoinFailedException.Refused,
            problem?.Title ?? "The control plane refused without a word.",
            problem?.Hint ?? "See its log."
        );

    /// <summary>That of this machine's ends of a connection to the control plane which, being UDP's, is never made.</summary>
    private static async Task<string> OwnAddressAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            var there = await Dns.GetHostAddressesAsync(address.DnsSafeHost, cancellationToken);
            using var socket = new Socket(there[0].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(there[0], address.Port, cancellationToken);
            return (socket.LocalEndPoint as IPEndPoint)?.Address.ToString() ?? IPAddress.Loopback.ToString();
        }
        catch (SocketException)
        {
            // Through a proxy, perhaps; then it has to be said, and the file is the place to say it.
            return IPAddress.Loopback.ToString();
        }
    }

    private static string Doubt(Uri address, JoinAnswer answer) =>
        !address.IsLoopback && answer.BrokerHost is ("127.0.0.1" or "localhost")
            ? "\nwarning: this machine would look for the broker on itself: set ORC_Enrolment__BrokerHost for the control plane, and join again."
            : "";
}
