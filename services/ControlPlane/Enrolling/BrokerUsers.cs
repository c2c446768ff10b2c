using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization;
using Orchestrator.Messaging;

namespace Orchestrator.ControlPlane.Enrolling;

/// <summary>The broker's management API is away or does not do what it is asked.</summary>
internal sealed class BrokerUsersException(string message, Exception? innerException)
    : Exception(message, innerException);

/// <summary>Users on the broker, one per host, through the HTTP API of RabbitMQ's management plugin.</summary>
internal sealed class BrokerUsers : IDisposable
{
    /// <summary>Making a user takes milliseconds; an agent that joins waits for three requests.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    /// <summary>Only read to be told in an error.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly HttpClient? _http;
    private readonly string _virtualHost;

    public BrokerUsers(EnrolmentOptions options)
    {
        _virtualHost = Uri.EscapeDataString(options.VirtualHost);
        if (options.ManagementUrl.Length == 0)
        {
            return;
        }

        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = AnswerWithin })
        {
            BaseAddress = new UriBuilder(options.ManagementUrl) { Path = "" }.Uri,
            Timeout = AnswerWithin,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        var credentials = Encoding.UTF8.GetBytes($"{options.ManagementUser}:{options.ManagementPassword}");
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(credentials)
        );
    }

    /// <summary>Whether it is known where to make them.</summary>
    public bool CanBeMade => _http is not null;

    /// <summary>Not the name of any user that a person would make.</summary>
    public static string NameOf(string hostId) => $"orc-host-{hostId}";

    /// <summary>A user with the rights of that host and no other. One of before is deleted, and its connections with it.</summary>
    /// <exception cref="BrokerUsersException">Nobody has the rights of that host then.</exception>
    public async Task ReplaceAsync(string hostId, string password, CancellationToken cancellationToken)
    {
        await DeleteAsync(hostId, cancellationToken);
        var user = UserPath(hostId);
        await SendAsync(HttpMethod.Put, user, JsonContent.Create(new NewUser(password, Tags: "")), cancellationToken);
        var rights = BrokerRights.OfHost(hostId);
        await SendAsync(
            HttpMethod.Put,
            $"api/permissions/{_virtualHost}/{NameOf(hostId)}",
            JsonContent.Create(new Permissions(rights.Configure, rights.Write, rights.Read)),
            cancellationToken
        );
    }

    /// <summary>Its connections end. Deleting what is not there is no mistake.</summary>
    public Task DeleteAsync(string hostId, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, UserPath(hostId), content: null, cancellationToken);

    public void Dispose() => _http?.Dispose();

    private static string UserPath(string hostId) => $"api/users/{NameOf(hostId)}";

    private async Task SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken
    )
    {
        var http = _http ?? throw new InvalidOperationException("Where users are made is not configured.");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        try
        {
            using var answer = await http.SendAsync(request, cancellationToken);
            if (
                answer.IsSuccessStatusCode
                || (method == HttpMethod.Delete && answer.StatusCode is HttpStatusCode.NotFound)
            )
            {
                return;
            }

            throw new BrokerUsersException(
                $"The broker's management API answered {method} {path} with {(int)answer.StatusCode}.",
                innerException: null
            );
        }
        catch (HttpRequestException exception)
        {
            throw new BrokerUsersException(
                $"The broker's management API does not answer at {http.BaseAddress}: {exception.Message}",
                exception
            );
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerUsersException(
                $"The broker's management API did not answer within {AnswerWithin.TotalSeconds:0} seconds.",
                exception
            );
        }
    }

    private sealed record NewUser(
        [property: JsonPropertyName("password")] string Password,
        [property: JsonPropertyName("tags")] string Tags
    );

    private sealed record Permissions(
        [property: JsonPropertyName("configure")] string Configure,
        [property: JsonPropertyName("write")] string Write,
        [property: JsonPropertyName("read")] string Read
    );
}
