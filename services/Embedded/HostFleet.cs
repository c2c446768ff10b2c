using System.Globalization;
using Orchestrator.HostAgent;
using Orchestrator.Messaging;

namespace Orchestrator.Embedded;

/// <summary>The hosts of the embedded fleet: each has its own directory, ports and share of the machine.</summary>
internal sealed class HostFleet(
    EmbeddedOptions options,
    string gatewayUrl,
    MessageBus bus,
    ILoggerFactory loggerFactory,
    TimeProvider clock
) : IAsyncDisposable
{
    private const int FirstPort = 21_000;
    private const int PortsPerHost = 200;

    /// <summary>As <see cref="HostAgentOptions.Gpus"/> says.</summary>
    private const int AllGpus = -1;

    private readonly SortedDictionary<string, HostAgent.HostAgent?> _agents = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Fails when a bug has ended an agent, and never completes else.</summary>
    public Task Failed => _failed.Task;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var index = 0; index < options.Hosts; index++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"h{index + 1}");
            _agents[id] = null;
            await PowerOnAsync(id, cancellationToken);
        }
    }

    /// <summary>Null if there is no such host; else whether it had power before.</summary>
    public async Task<bool?> PowerOffAsync(string id, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!_agents.TryGetValue(id, out var agent))
            {
                return null;
            }

            if (agent is not null)
            {
                await agent.PowerOffAsync();
                await agent.DisposeAsync();
                _agents[id] = null;
            }

            return agent is not null;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Null if there is no such host; else whether it had no power before.</summary>
    public async Task<bool?> PowerOnAsync(string id, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!_agents.TryGetValue(id, out var agent))
            {
                return null;
            }

            if (agent is null)
            {
                var started = await HostAgent.HostAgent.StartAsync(
                    OptionsOf(id),
                    bus,
                    loggerFactory,
                    clock,
                    cancellationToken
                );
                _agents[id] = started;
                _ = started.Completion.ContinueWith(
                    failed => _failed.TrySetException(failed.Exception!.InnerExceptions),
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted,
                    TaskScheduler.Default
                );
            }

            return agent is null;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Ends the agents, and what they run unless it is to be kept.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(
            _agents
                .Values.OfType<HostAgent.HostAgent>()
                .Select(agent =>
                    options.KeepsInstances ? agent.StopAsync(CancellationToken.None) : agent.StopWithInstancesAsync()
                )
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents.Values.OfType<HostAgent.HostAgent>())
        {
            await agent.DisposeAsync();
        }

        _changing.Dispose();
    }

    private HostAgentOptions OptionsOf(string id)
    {
        var index = _agents.Keys.TakeWhile(key => key != id).Count();
        var agent = new HostAgentOptions
        {
            HostId = id,
            DataDirectory = Path.Combine(options.DataDirectory, "hosts", id),
            Runtime = options.Runtime,
            DockerSocket = options.DockerSocket,
            CpuMillicores = options.CpuMillicores / options.Hosts,
            MemoryMebibytes = options.MemoryMebibytes / options.Hosts,
            Gpus = options.Hosts == 1 ? AllGpus : 0, // Several hosts of one machine would each give out the same ones.
            GatewayUrl = gatewayUrl,
            PortRangeFrom = FirstPort + (index * PortsPerHost),
            PortRangeTo = FirstPort + ((index + 1) * PortsPerHost) - 1,
        };
        foreach (var source in options.ImageSources)
        {
            agent.ImageSources.Add(source);
        }

        return agent;
    }
}
