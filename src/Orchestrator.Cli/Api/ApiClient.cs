using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Cli.Api;

/// <summary>Speaks HTTP to the control plane. Reads are tried again a few times; writes never, since they may have been done.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>Three tries outlast a connection that broke or a replica that just stopped, and stay under a second.</summary>
    private const int MaxTries = 3;

    /// <summary>A page of everything in a large fleet is some MiB; more than this is not our API.</summary>
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public ApiClient(Connection connection, TimeProvider time)
    {
        _time = time;
        Connection = connection;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            AllowAutoRedirect = false,
            // A proxy of the environment never knows the loopback of this machine.
            UseProxy = !connection.Address.IsLoopback,
        };
        _http = new HttpClient(handler, disposeHandler: true)
        {
            BaseAddress = connection.Address,
            Timeout = AnswerTimeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        if (connection.Token.Length > 0)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token);
        }
    }

    public Connection Connection { get; }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var tries = 0;
        while (true)
        {
            tries++;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                return await ReadAsync(request, type, cancellationToken);
            }
            catch (Exception exception) when (tries < MaxTries && IsWorthAnotherTry(exception))
            {
                await Task.Delay(FirstRetryDelay * tries, _time, cancellationToken);
            }
        }
    }

    public async Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken
    )
    {
        using var content = JsonContent.Create(body, bodyType);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        return await ReadAsync(request, answerType, cancellationToken);
    }

    public async Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        return await ReadAsync(request, type, cancellationToken);
    }

    public async Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        return await ReadAsync(request, type, cancellationToken);
    }

    /// <summary>Returns if the control plane is up; throws what is wrong with it otherwise.</summary>
    public async Task CheckHealthAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Paths.Health);
        using var answer = await SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static bool IsWorthAnotherTry(Exception exception) =>
        exception switch
        {
            ApiProblemException problem => problem.Problem.Status
                is (int)HttpStatusCode.BadGateway
                    or (int)HttpStatusCode.ServiceUnavailable
                    or (int)HttpStatusCode.TooManyRequests,
            // A refused connection is an answer: nothing listens there. Waiting loops have patience of their own.
            UnreachableAddressException { IsTimeout: false, InnerException: HttpRequestException broken } =>
                broken.HttpRequestError != HttpRequestError.ConnectionError,
            _ => false,
        };

    private async Task<T> ReadAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        using var answer = await SendAsync(request, cancellationToken);
        try
        {
            return await answer.Content.ReadFromJsonAsync(type, cancellationToken)
                ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException exception)
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"The answer to {request.Method} {Connection.Address}{request.RequestUri} is not understood: {exception.Message}",
                "Is the control plane of another version, or is something else listening there? `orc version` shows this program's."
            );
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new UnreachableAddressException(
                $"No control plane answers at {Connection.Address}: {exception.Message}",
                isTimeout: false,
                exception
            );
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UnreachableAddressException(
                $"The control plane at {Connection.Address} did not answer within {AnswerTimeout.TotalSeconds:0} seconds.",
                isTimeout: true,
                exception
            );
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw new ApiProblemException(await ProblemReader.ReadAsync(answer, cancellationToken));
        }
    }
}
