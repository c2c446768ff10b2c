using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;
using Orchestrator.HostAgent.Inquiries;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Reporting;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.Messaging;

namespace Orchestrator.HostAgent;

/// <summary>Converges one host to its assignment and reports what runs. Instances outlive it, unless the power is cut.</summary>
[SuppressMessage("Design", "MA0049", Justification = "The agent of a host is what this project is and has.")]
public sealed partial class HostAgent : IAsyncDisposable
{
    private static readonly TimeSpan HousekeepingInterval = TimeSpan.FromSeconds(1);

    private readonly HostDirectory _directory;
    private readonly AgentParts _parts;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private BusLink? _link;
    private int _isStopped;

    private HostAgent(HostDirectory directory, AgentParts parts, TimeProvider clock, ILogger logger) =>
        (_directory, _parts, _clock, _logger) = (directory, parts, clock, logger);

    /// <summary>Completes when the agent has stopped; fails if a bug of its own ended it. Instances run on either way.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Restores the assignment that the data directory holds, takes over the instances that still run, and listens for
    /// commands. The bus stays the caller's.
    /// </summary>
    /// <exception cref="OptionsValidationException">The options cannot work.</exception>
    /// <exception cref="RuntimeFailedException">The container runtime cannot work on this machine.</exception>
    /// <exception cref="IOException">Another agent holds the data directory.</exception>
    public static Task<HostAgent> StartAsync(
        HostAgentOptions options,
        MessageBus bus,
        ILoggerFactory loggerFactory,
        TimeProvider clock,
        CancellationToken cancellationToken
    ) => StartAsync(options, _ => Task.FromResult(bus), loggerFactory, clock, cancellationToken);

    /// <summary>As the other, for a bus that may be away for now: the host does not wait for it.</summary>
    internal static async Task<HostAgent> StartAsync(
        HostAgentOptions options,
        Func<CancellationToken, Task<MessageBus>> connect,
        ILoggerFactory loggerFactory,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var validation = new HostAgentOptionsValidator().Validate(name: null, options);
        if (validation.Failed)
        {
            throw new OptionsValidationException(
                nameof(HostAgentOptions),
                typeof(HostAgentOptions),
                validation.Failures
            );
        }

        var directory = await HostDirectory.OpenAsync(options.DataDirectory, cancellationToken);
        var parts = new AgentParts(options, directory, loggerFactory, clock);
        var agent = new HostAgent(directory, parts, clock, loggerFactory.CreateLogger<HostAgent>());
        try
        {
            await agent.BeginAsync(options, connect, loggerFactory, cancellationToken);
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the agent; its instances keep running and are taken over by the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            await EndLoopsAsync();
            await ReleaseAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Stops the agent and everything that it runs, each with its grace; the next start begins anew.</summary>
    public async Task StopWithInstancesAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            await EndLoopsAsync();
            await _parts.StopAllAsync();
            await ReleaseAsync();
        }
    }

    /// <summary>
    /// For development only: the agent is gone at once, with every instance of this host and without a word to anybody.
    /// Its disk stays as a power cut leaves it; starting on the same directory powers the host on again.
    /// </summary>
    public async Task PowerOffAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _parts.Runtime.CutPowerAsync(CancellationToken.None);
        await EndLoopsAsync();
        await _parts.Runtime.CutPowerAsync(CancellationToken.None); // What was just being started.
        await ReleaseAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    private async Task BeginAsync(
        HostAgentOptions options,
        Func<CancellationToken, Task<MessageBus>> connect,
        ILoggerFactory loggers,
        CancellationToken cancellationToken
    )
    {
        _directory.ClaimFor(options.Runtime);
        var labels = await _parts.Runtime.PrepareAsync(cancellationToken);
        HostFacts ReadFacts() => _parts.ReadFacts(options, labels);
        var facts = ReadFacts();
        var file = new AssignmentFile(_directory.Assignment);
        var held = await file.ReadAsync(cancellationToken);
        var found = await _parts.FindAsync(cancellationToken);

        var link = new BusLink(connect, Queues.Host(options.HostId), _clock, loggers.CreateLogger<BusLink>());
        var reporter = new Reporter(options, facts, _parts.Runtime, link, _clock, loggers.CreateLogger<Reporter>());
        var converger = new Converger(
            options.HostId,
            file,
            _parts.Runner,
            _parts.Fetches,
            _parts.Use,
            reporter,
            _clock,
            loggers.CreateLogger<Converger>()
        );
        var inquiries = new InstanceInquiries(
            _parts.Records,
            _parts.Runtime,
            link,
            _clock,
            loggers.CreateLogger<InstanceInquiries>()
        );
        var factsWatch = new FactsWatch(ReadFacts, _clock, loggers.CreateLogger<FactsWatch>());
        _link = link;

        Completion = RunAsync([
            token => converger.RunAsync(held, found, token),
            token => link.ConnectAsync(Listen, token),
            reporter.ReportAsync,
            reporter.BeatAsync,
            inquiries.RunAsync,
            token => _parts.Fetches.RunAsync(reporter.Request, token),
            token => _parts.Collector.RunAsync(reporter.Request, token),
            token => KeepHouseAsync(reporter, token),
            _parts.Orphans.RunAsync,
            token => factsWatch.RunAsync(facts, FactsWatch.Interval, reporter.Update, token),
        ]);
        // Whoever started us may send to the host's queue as soon as we return. But instances do not wait for the bus.
        await Task.WhenAny(link.Attempted, Completion).WaitAsync(cancellationToken);
        LogStarted(options.HostId, _parts.Runtime.Name, found.Count);

        void Listen(Receiver receiver) =>
            receiver
                .Handle<AssignHost>(converger.AssignAsync)
                .Handle<ReadLogs>(
                    (request, token) => link.AnswerAsync(request.ReplyQueue, _parts.LogReader.Read(request), token)
                )
                .Handle<RunProgram>(inquiries.TakeAsync)
                .Handle<CopyFile>(inquiries.TakeAsync)
                .Handle<MeasureInstances>((request, _) => inquiries.TakeAsync(request));
    }

    /// <summary>Runs all of them until we stop; one that fails has met a bug and ends the others.</summary>
    private async Task RunAsync(IReadOnlyList<Func<CancellationToken, Task>> loops)
    {
        var token = _stopping.Token;
        var running = loops.Select(loop => Task.Run(() => loop(token), CancellationToken.None)).ToList();
        try
        {
            await foreach (var ended in Task.WhenEach(running))
            {
                await ended;
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // That is how they stop.
        }
        catch (Exception e)
        {
            LogFailed(e);
            throw;
        }
        finally
        {
            await _stopping.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepHouseAsync(Reporter reporter, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(HousekeepingInterval, _clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if (_parts.Runtime.LogFormat == LogFormat.Plain)
                {
                    LogRotation.Rotate(_directory.Logs);
                }

                _parts.Logs.Prune(
                    reporter.Newest.Instances.Select(one => one.InstanceId).ToHashSet(StringComparer.Ordinal)
                );
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotKept(e.Message); // A full disk, or a log that went meanwhile: it is tried again every second.
            }
        }
    }

    private async Task EndLoopsAsync()
    {
        await _stopping.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Whoever asks it sees what failed.
    }

    private async Task ReleaseAsync()
    {
        if (_link is { } link)
        {
            await link.DisposeAsync();
        }

        _parts.Dispose();
        _stopping.Dispose();
        _directory.Dispose(); // Last: from here on another agent may take over.
    }

    [LoggerMessage(LogLevel.Information, "Host {HostId} runs on {Runtime}; {Found} instances taken over.")]
    private partial void LogStarted(string hostId, string runtime, int found);

    [LoggerMessage(LogLevel.Critical, "The agent failed and stops; its instances run on.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Logs could not be kept within their bounds: {Reason}")]
    private partial void LogNotKept(string reason);
}
