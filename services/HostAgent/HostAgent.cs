using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Messaging;

namespace Orchestrator.HostAgent;

/// <summary>Converges one host to its assignment and reports what runs. Instances outlive it, unless the power is cut.</summary>
[SuppressMessage("Design", "MA0049", Justification = "The agent of a host is what this project is and has.")]
public sealed class HostAgent : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    private HostAgent() { }

    /// <summary>
    /// Restores the assignment that the data directory holds, takes over the instances that still run, and listens for
    /// commands. Throws <see cref="OptionsValidationException"/> for options that cannot work.
    /// </summary>
    public static Task<HostAgent> StartAsync(
        HostAgentOptions options,
        MessageBus bus,
        ILoggerFactory loggerFactory,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        ArgumentNullException.ThrowIfNull(clock);
        cancellationToken.ThrowIfCancellationRequested();
        var validation = new HostAgentOptionsValidator().Validate(name: null, options);
        return validation.Failed
            ? throw new OptionsValidationException(
                nameof(HostAgentOptions),
                typeof(HostAgentOptions),
                validation.Failures
            )
            : Task.FromResult(new HostAgent());
    }

    /// <summary>Stops the agent; its instances keep running and are taken over by the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _stopping.CancelAsync().WaitAsync(cancellationToken);

    /// <summary>
    /// For development only: the agent is gone at once, with every instance of this host and without a word to anybody.
    /// Its disk stays as a power cut leaves it; starting on the same directory powers the host on again.
    /// </summary>
    public Task PowerOffAsync() => _stopping.CancelAsync();

    public ValueTask DisposeAsync()
    {
        _stopping.Dispose();
        return ValueTask.CompletedTask;
    }
}
