using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Instances;

/// <summary>Whom a check is put to.</summary>
/// <param name="Address">Where the instance answers; empty if it answers no requests.</param>
internal sealed record Checked(string ContainerId, string Address);

/// <summary>Asks instances whether they are well.</summary>
internal sealed class HealthProbe : IDisposable
{
    private const int FirstHealthyStatus = 200;
    private const int LastHealthyStatus = 399;

    /// <summary>Enough to say in a report why a program found something wrong.</summary>
    private const int MaxOutputBytes = 200;

    /// <summary>Within the host's own network: instances speak plain HTTP, as the gateway does to them.</summary>
    private readonly SocketsHttpHandler _handler = new()
    {
        // An instance must answer by itself: not through a proxy, and not by pointing elsewhere.
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
    };

    private readonly IContainerRuntime _runtime;
    private readonly TimeProvider _clock;
    private readonly HttpClient _client;

    public HealthProbe(IContainerRuntime runtime, TimeProvider clock)
    {
        _runtime = runtime;
        _clock = clock;
        // Each check has a timeout of its own.
        _client = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Null when healthy, else what is wrong, for people.</summary>
    public async Task<string?> CheckAsync(
        Checked instance,
        AssignedHealthCheck check,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(check.TimeoutMilliseconds), _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await (
                check.Protocol switch
                {
                    HealthProtocol.Tcp => ConnectAsync(instance.Address, either.Token),
                    HealthProtocol.Exec => RunAsync(instance.ContainerId, check.Command ?? [], either.Token),
                    HealthProtocol.Grpc => CallAsync(instance.Address, check.Service ?? "", either.Token),
                    _ => RequestAsync(instance.Address, check.Path, either.Token),
                }
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{NameOf(check)} did not answer within {check.TimeoutMilliseconds} ms"
            );
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    private async Task<string?> RequestAsync(string address, string path, CancellationToken cancellationToken)
    {
        var target = $"{Uri.UriSchemeHttp}://{address}/{path.TrimStart('/')}";
        if (!Uri.TryCreate(target, UriKind.Absolute, out var uri))
        {
            return $"there is nothing to ask at '{address}{path}'";
        }

        try
        {
            using var response = await _client.GetAsync(
                uri,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            );
            var status = (int)response.StatusCode;
            return status is >= FirstHealthyStatus and <= LastHealthyStatus
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{path} answered {status}");
        }
        catch (HttpRequestException e)
        {
            return $"{path}: {e.Message}";
        }
    }

    private static async Task<string?> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate($"tcp://{address}", UriKind.Absolute, out var uri) || uri.Port <= 0)
        {
            return $"there is nothing to connect to at '{address}'";
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(uri.Host, uri.Port, cancellationToken);
            return null;
        }
        catch (SocketException e)
        {
            return $"{address}: {e.Message}";
        }
    }

    private async Task<string?> RunAsync(
        string containerId,
        IReadOnlyList<string> command,
        CancellationToken cancellationToken
    )
    {
        var output = new BoundedBuffer(MaxOutputBytes);
        var errors = new BoundedBuffer(MaxOutputBytes);
        var exec = new ContainerExec
        {
            Arguments = command,
            Output = output,
            Errors = errors,
        };
        try
        {
            var code = await _runtime.ExecuteAsync(containerId, exec, cancellationToken);
            return code == 0 ? null : Complaint(command[0], code, output, errors);
        }
        catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
        {
            return e.Message;
        }
    }

    private async Task<string?> CallAsync(string address, string service, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate($"{Uri.UriSchemeHttp}://{address}", UriKind.Absolute, out var uri))
        {
            return $"there is nothing to call at '{address}'";
        }

        // Connections are the handler's and stay; a channel is only a view of them.
        using var channel = GrpcChannel.ForAddress(
            uri,
            new GrpcChannelOptions { HttpHandler = _handler, DisposeHttpClient = false }
        );
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest { Service = service },
                cancellationToken: cancellationToken
            );
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? null
                : $"grpc answered {answer.Status}";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException e)
        {
            return $"grpc: {e.StatusCode}: {e.Status.Detail}";
        }
    }

    private static string Complaint(string program, int code, BoundedBuffer output, BoundedBuffer errors)
    {
        var said = (errors.Length > 0 ? errors : output).ToText().Trim();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{program} exited with {code}{(said.Length > 0 ? $": {said}" : "")}"
        );
    }

    private static string NameOf(AssignedHealthCheck check) =>
        check.Protocol switch
        {
            HealthProtocol.Tcp => "its port",
            HealthProtocol.Exec => check.Command is [var program, ..] ? program : "its program",
            HealthProtocol.Grpc => "grpc",
            _ => check.Path,
        };
}
