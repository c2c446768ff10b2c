using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Quartz;

namespace Orchestrator.ControlPlane.Timetabling;

/// <summary>Where wake-ups are kept.</summary>
internal abstract record WakeUpStore
{
    private WakeUpStore() { }

    public sealed record InMemory : WakeUpStore;

    /// <summary>Shared by the replicas of a cell.</summary>
    public sealed record PostgreSql(string ConnectionString) : WakeUpStore;
}

/// <summary>
/// All that we use of Quartz: it calls back when a line's timetable says so. It may be late, call twice (two nodes of a
/// cluster, one of them paused), or not at all; whoever is called must look at the clock for itself.
/// </summary>
internal sealed class WakeUps : IAsyncDisposable
{
    /// <summary>A wake-up only sets a flag, so two threads are plenty.</summary>
    private const int Threads = 2;

    private static readonly JobKey Job = new("wake", "lines");

    private readonly IScheduler _scheduler;
    private readonly TimeProvider _clock;
    private Dictionary<LineName, Timetable> _set = [];

    private WakeUps(IScheduler scheduler, TimeProvider clock) => (_scheduler, _clock) = (scheduler, clock);

    /// <summary>Wakes nobody before <see cref="StartAsync"/>.</summary>
    public static async Task<WakeUps> CreateAsync(
        string cell,
        WakeUpStore store,
        Action wake,
        TimeProvider clock,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    )
    {
        var scheduler = await QuartzSchedulerBuilder
            .Create(quartz =>
            {
                quartz.Services.Replace(ServiceDescriptor.Singleton(loggerFactory));
                quartz
                    .ConfigureScheduler(options => options.InstanceName = $"orchestrator-{cell}")
                    .UseDefaultThreadPool(Threads)
                    .UseTimeProvider(clock);
                quartz.AddJobType(_ => new WakeUp(wake));
                Use(quartz, store);
            })
            .BuildScheduler(cancellationToken);
        return new WakeUps(scheduler, clock);
    }

    /// <summary>Makes the wake-ups those of the lines, whatever was there: from an earlier call or from another replica.</summary>
    public async Task SetAsync(IReadOnlyCollection<Line> lines, CancellationToken cancellationToken)
    {
        var job = JobBuilder.Create<WakeUp>().WithIdentity(Job).StoreDurably(durability: true).Build();
        await _scheduler.AddJob(job, AddJobOptions.Replacing, cancellationToken);
        var stale = (await _scheduler.GetTriggersOfJob(Job, cancellationToken))
            .Select(trigger => trigger.Key)
            .Except(lines.Select(KeyOf))
            .ToList();
        await _scheduler.UnscheduleJobs(stale, cancellationToken);
        foreach (var line in lines.Where(line => _set.GetValueOrDefault(line.Name) != line.Timetable))
        {
            if (TriggerOf(line) is { } trigger)
            {
                await _scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, cancellationToken);
            }
        }

        _set = lines.ToDictionary(line => line.Name, line => line.Timetable);
    }

    /// <summary>How many lines somebody is woken for.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await _scheduler.GetTriggersOfJob(Job, cancellationToken)).Count;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _set = []; // Another replica may have set them since.
        await _scheduler.Start(cancellationToken);
    }

    /// <summary>The wake-ups stay; nobody is woken until the next start.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken) => await _scheduler.Standby(cancellationToken);

    public async ValueTask DisposeAsync() => await _scheduler.DisposeAsync();

    private static void Use(IQuartzBuilder quartz, WakeUpStore store)
    {
        if (store is WakeUpStore.PostgreSql(var connectionString))
        {
            quartz.ConfigureScheduler(options => options.GenerateInstanceId = true);
            quartz.UsePersistentStore(persistent =>
            {
                persistent.UsePostgres(NpgsqlFactory.Instance, connectionString);
                persistent.UseClustering(clustering => clustering.Enabled = true);
            });
        }
        else
        {
            quartz.UseInMemoryStore(options => { });
        }
    }

    private static TriggerKey KeyOf(Line line) => new(line.Name.Value, Job.Group);

    /// <summary>Null when the timetable has no departure any more: Quartz refuses such triggers.</summary>
    private ITrigger? TriggerOf(Line line)
    {
        var timetable = line.Timetable;
        return
            Departures.After(timetable, _clock.GetUtcNow()) is not null
            && Departures.TryFindZone(timetable.Zone, out var zone)
            ? TriggerBuilder
                .Create(_clock)
                .WithIdentity(KeyOf(line))
                .ForJob(Job)
                .WithSchedule(CronScheduleBuilder.Create(Departures.Parse(timetable.Cron, zone)).InTimeZone(zone))
                .Build()
            : null;
    }

    private sealed class WakeUp(Action wake) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            wake();
            return ValueTask.CompletedTask;
        }
    }
}
