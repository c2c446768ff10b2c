using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;
using static Orchestrator.HostAgent.Tests.Support.Samples;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class InstanceMachineTests
{
    private static readonly TimeSpan Noon = TimeSpan.FromHours(12);
    private static readonly AssignedInstance Plain = AnInstance("cart.prod.1");
    private static readonly InstanceExit Killed = new(
        Code: 137,
        new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero)
    );
    private static readonly AssignedInstance Once = Plain with { Restart = RestartPolicy.Never };
    private static readonly AssignedInstance Checked = Plain with { Health = ACheck() };
    private static readonly AssignedInstance Lively = Checked with { Liveness = ACheck() };
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    [Fact]
    public void An_assigned_instance_is_started()
    {
        var step = Step(New(), new InstanceEvent.Assigned(Plain));

        Assert.Equal(new InstancePhase.Starting(Plain), step.Instance.Phase);
        Assert.Equal([new InstanceEffect.Start(Plain, Attempt: 1, Restarts: 0, MayKeepPort: true)], step.Effects);
    }

    [Fact]
    public void One_that_was_never_assigned_is_gone()
    {
        var step = Step(New(), new InstanceEvent.Assigned(Desired: null));

        Assert.IsType<InstancePhase.Gone>(step.Instance.Phase);
        Assert.Empty(step.Effects);
    }

    [Fact]
    public void The_same_assignment_again_changes_nothing()
    {
        var running = Running(Plain);

        var step = Step(running, new InstanceEvent.Assigned(Plain));

        Assert.Equal(running.Phase, step.Instance.Phase);
        Assert.Empty(step.Effects);
    }

    [Fact]
    public void Without_a_health_check_it_is_ready_once_it_runs()
    {
        var step = Step(Starting(Plain), new InstanceEvent.Started(Attempt: 1, "127.0.0.1:20000"));

        var phase = Assert.IsType<InstancePhase.Running>(step.Instance.Phase);
        Assert.IsType<Readiness.Ready>(phase.Readiness);
        Assert.Null(phase.NextProbe);
        Assert.Equal([new InstanceEffect.Watch(Attempt: 1)], step.Effects);
    }

    [Fact]
    public void With_a_health_check_it_is_ready_once_that_passes()
    {
        var running = Running(Checked);
        Assert.IsType<Readiness.Unproven>(Assert.IsType<InstancePhase.Running>(running.Phase).Readiness);

        var step = Step(running, new InstanceEvent.Probed(Attempt: 1, Failure: null));

        Assert.Equal(
            new Readiness.Ready(Noon, FailedProbes: 0),
            Assert.IsType<InstancePhase.Running>(step.Instance.Phase).Readiness
        );
        Assert.Equal([new InstanceEffect.RememberReady()], step.Effects);
    }

    [Fact]
    public void A_due_check_is_made_once()
    {
        var running = Running(Checked);
        var due = InstanceMachine.DueOf(running.Phase)!.Value;

        var early = InstanceMachine.Step(running, new InstanceEvent.Tick(), due - TimeSpan.FromTicks(1));
        var first = InstanceMachine.Step(running, new InstanceEvent.Tick(), due);
        var second = InstanceMachine.Step(first.Instance, new InstanceEvent.Tick(), due + TimeSpan.FromMilliseconds(1));

        Assert.Empty(early.Effects);
        Assert.Equal([new InstanceEffect.Probe("127.0.0.1:20000", Checked.Health!, Attempt: 1)], first.Effects);
        Assert.Empty(second.Effects);
    }

    [Fact]
    public void A_ready_instance_is_not_ready_after_as_many_failures_in_a_row_as_its_check_says()
    {
        var ready = Step(Running(Checked), new InstanceEvent.Probed(Attempt: 1, Failure: null)).Instance;

        var once = Step(ready, new InstanceEvent.Probed(Attempt: 1, "answered 500")).Instance;
        var recovered = Step(once, new InstanceEvent.Probed(Attempt: 1, Failure: null)).Instance;
        var onceMore = Step(recovered, new InstanceEvent.Probed(Attempt: 1, "answered 500")).Instance;
        var twice = Step(onceMore, new InstanceEvent.Probed(Attempt: 1, "answered 500")).Instance;
        var back = Step(twice, new InstanceEvent.Probed(Attempt: 1, Failure: null)).Instance;

        Assert.IsType<Readiness.Ready>(ReadinessOf(once));
        Assert.IsType<Readiness.Ready>(ReadinessOf(onceMore));
        Assert.Equal(new Readiness.Unhealthy("answered 500"), ReadinessOf(twice));
        Assert.IsType<Readiness.Ready>(ReadinessOf(back));
    }

    [Fact]
    public void Not_ready_by_the_startup_deadline_it_is_stopped_with_grace_and_waits_to_be_restarted()
    {
        var running = Step(Running(Checked), new InstanceEvent.Probed(Attempt: 1, "refused")).Instance;
        var deadline = Noon + TimeSpan.FromMilliseconds(Checked.Health!.StartupMilliseconds);

        var late = InstanceMachine.Step(running, new InstanceEvent.Tick(), deadline);
        var stopped = InstanceMachine.Step(late.Instance, new InstanceEvent.Stopped(), deadline);

        Assert.Equal(
            [new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false)],
            late.Effects
        );
        var backoff = Assert.IsType<InstancePhase.Backoff>(stopped.Instance.Phase);
        Assert.Equal("not ready within 30000 ms: refused", backoff.Reason);
    }

    [Fact]
    public void Ready_once_it_is_not_bound_by_the_startup_deadline()
    {
        var ready = Step(Running(Checked), new InstanceEvent.Probed(Attempt: 1, Failure: null)).Instance;
        var step = InstanceMachine.Step(ready, new InstanceEvent.Tick(), Noon + TimeSpan.FromHours(1));

        Assert.IsType<InstancePhase.Running>(step.Instance.Phase);
    }

    [Fact]
    public void Whether_it_is_alive_is_asked_from_when_it_was_ready_first()
    {
        var started = Step(Starting(Lively), new InstanceEvent.Started(Attempt: 1, "127.0.0.1:20000")).Instance;
        Assert.Same(Liveness.NotAsked, ((InstancePhase.Running)started.Phase).Liveness);

        var ready = Step(started, new InstanceEvent.Probed(Attempt: 1, Failure: null)).Instance;
        var running = (InstancePhase.Running)ready.Phase;
        Assert.Equal(Noon + Interval, running.Liveness.NextProbe);
        var asked = InstanceMachine.Step(
            ready with
            {
                Phase = running with { NextProbe = null },
            },
            new InstanceEvent.Tick(),
            Noon + Interval
        );

        Assert.Equal([new InstanceEffect.ProbeLife("127.0.0.1:20000", ACheck(), Attempt: 1)], asked.Effects);
        Assert.Empty(InstanceMachine.Step(asked.Instance, new InstanceEvent.Tick(), Noon + (2 * Interval)).Effects);
    }

    [Fact]
    public void Without_a_health_check_it_is_asked_whether_it_is_alive_once_it_runs()
    {
        var step = Step(
            Starting(Lively with { Health = null }),
            new InstanceEvent.Started(Attempt: 1, "127.0.0.1:20000")
        );

        Assert.Equal(Noon + Interval, ((InstancePhase.Running)step.Instance.Phase).Liveness.NextProbe);
    }

    [Fact]
    public void Not_alive_as_often_in_a_row_as_its_check_says_it_is_restarted()
    {
        var once = Step(Ready(Lively), new InstanceEvent.Lived(Attempt: 1, "hangs")).Instance;
        var again = Step(once, new InstanceEvent.Lived(Attempt: 1, Failure: null)).Instance;
        Assert.Equal(0, ((InstancePhase.Running)again.Phase).Liveness.Failures);
        var twice = Step(once, new InstanceEvent.Lived(Attempt: 1, "hangs"));

        Assert.Equal(1, ((InstancePhase.Running)once.Phase).Liveness.Failures);
        var stopping = Assert.IsType<InstancePhase.Stopping>(twice.Instance.Phase);
        Assert.Equal(("not alive: hangs", true), (stopping.Reason, stopping.HasFailed));
        Assert.Equal(
            [new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false)],
            twice.Effects
        );
        Assert.IsType<InstancePhase.Backoff>(Step(twice.Instance, new InstanceEvent.Stopped()).Instance.Phase);
    }

    [Fact]
    public void One_that_is_never_restarted_is_never_asked_whether_it_is_alive()
    {
        var step = Step(
            Starting(Lively with { Health = null, Restart = RestartPolicy.Never }),
            new InstanceEvent.Started(Attempt: 1, "127.0.0.1:20000")
        );

        Assert.Same(Liveness.NotAsked, ((InstancePhase.Running)step.Instance.Phase).Liveness);
    }

    [Fact]
    public void News_of_an_earlier_start_restarts_nothing()
    {
        var ready = Ready(Lively with { Liveness = ACheck() with { UnhealthyAfter = 1 } });

        Assert.Equal(ready, Step(ready, new InstanceEvent.Lived(Attempt: 0, "hangs")).Instance);
    }

    [Fact]
    public void One_that_exits_is_cleared_away_then_waits_then_starts_again_and_counts_it()
    {
        var exited = Step(Running(Plain), new InstanceEvent.Exited(Attempt: 1, "killed by SIGKILL", Killed));
        var waiting = Step(exited.Instance, new InstanceEvent.Stopped());
        var early = InstanceMachine.Step(
            waiting.Instance,
            new InstanceEvent.Tick(),
            Noon + RestartDelay.First - TimeSpan.FromTicks(1)
        );
        var started = InstanceMachine.Step(waiting.Instance, new InstanceEvent.Tick(), Noon + RestartDelay.First);

        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], exited.Effects);
        Assert.Equal(
            new InstancePhase.Backoff(Plain, Noon + RestartDelay.First, "killed by SIGKILL"),
            waiting.Instance.Phase
        );
        Assert.Empty(early.Effects);
        Assert.Equal([new InstanceEffect.Start(Plain, Attempt: 2, Restarts: 1, MayKeepPort: true)], started.Effects);
    }

    [Fact]
    public void Failing_again_and_again_it_waits_longer_and_tries_another_port()
    {
        var instance = Starting(Plain);
        var delays = new List<TimeSpan>();
        InstanceStep step = new(instance, []);
        for (var failure = 0; failure < 3; failure++)
        {
            step = Step(step.Instance, new InstanceEvent.StartFailed(step.Instance.Attempt, "no", Killed.At));
            step = Step(step.Instance, new InstanceEvent.Stopped());
            var until = Assert.IsType<InstancePhase.Backoff>(step.Instance.Phase).Until;
            delays.Add(until - Noon);
            step = InstanceMachine.Step(step.Instance, new InstanceEvent.Tick(), until);
        }

        Assert.Equal([RestartDelay.After(1), RestartDelay.After(2), RestartDelay.After(3)], delays);
        Assert.False(Assert.IsType<InstanceEffect.Start>(Assert.Single(step.Effects)).MayKeepPort);
    }

    [Fact]
    public void Ready_long_enough_its_failures_are_forgotten()
    {
        var instance = Running(Plain) with { Failures = 7 };

        var soon = InstanceMachine.Step(
            instance,
            new InstanceEvent.Exited(Attempt: 1, "x", Killed),
            Noon + RestartDelay.ForgetAfter - TimeSpan.FromTicks(1)
        );
        var late = InstanceMachine.Step(
            instance,
            new InstanceEvent.Exited(Attempt: 1, "x", Killed),
            Noon + RestartDelay.ForgetAfter
        );

        Assert.Equal(8, soon.Instance.Failures);
        Assert.Equal(1, late.Instance.Failures);
    }

    [Fact]
    public void No_longer_assigned_it_is_stopped_with_grace_and_is_gone()
    {
        var stopping = Step(Running(Plain), new InstanceEvent.Assigned(Desired: null));
        var gone = Step(stopping.Instance, new InstanceEvent.Stopped());

        Assert.Equal(
            [new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false)],
            stopping.Effects
        );
        Assert.IsType<InstancePhase.Gone>(gone.Instance.Phase);
    }

    [Fact]
    public void One_that_is_well_goes_on_for_its_pre_stop_and_one_that_failed_does_not()
    {
        var patient = Plain with { Container = new AssignedContainer { PreStopMilliseconds = 9_000 } };
        var unready = patient with { Health = ACheck() };

        var unwanted = Step(Running(patient), new InstanceEvent.Assigned(Desired: null));
        var hanging = InstanceMachine.Step(Running(unready), new InstanceEvent.Tick(), Noon + TimeSpan.FromMinutes(1));
        var again = Step(unwanted.Instance, new InstanceEvent.StopFailed("no"));
        again = InstanceMachine.Step(again.Instance, new InstanceEvent.Tick(), Noon + TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromSeconds(9), PaceOf(unwanted).PreStop);
        Assert.Equal(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), PaceOf(hanging));
        Assert.Equal(StopPace.AtOnce, PaceOf(again));

        static StopPace PaceOf(InstanceStep step) =>
            Assert.IsType<InstanceEffect.Stop>(Assert.Single(step.Effects)).Pace;
    }

    [Fact]
    public void A_new_generation_starts_only_after_the_old_one_has_stopped()
    {
        var next = Plain with { Generation = 2 };
        var crashed = Running(Plain) with { Restarts = 4, Failures = 4 };

        var stopping = Step(crashed, new InstanceEvent.Assigned(next));
        var starting = Step(stopping.Instance, new InstanceEvent.Stopped());

        Assert.Equal(
            [new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false)],
            stopping.Effects
        );
        Assert.Equal([new InstanceEffect.Start(next, Attempt: 2, Restarts: 0, MayKeepPort: true)], starting.Effects);
        Assert.Equal(0, starting.Instance.Failures);
    }

    [Fact]
    public void A_start_that_is_no_longer_wanted_is_cancelled_and_what_it_made_is_taken_away()
    {
        var cancelled = Step(Starting(Plain), new InstanceEvent.Assigned(Desired: null));
        var tooLate = Step(cancelled.Instance, new InstanceEvent.Started(Attempt: 1, ""));
        var inTime = Step(cancelled.Instance, new InstanceEvent.StartFailed(Attempt: 1, "no longer wanted", Killed.At));

        Assert.Equal([new InstanceEffect.CancelStart()], cancelled.Effects);
        Assert.Equal(
            [
                new InstanceEffect.Watch(Attempt: 1),
                new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false),
            ],
            tooLate.Effects
        );
        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], inTime.Effects);
        Assert.IsType<InstancePhase.Gone>(Step(inTime.Instance, new InstanceEvent.Stopped()).Instance.Phase);
    }

    [Fact]
    public void News_of_an_earlier_start_changes_nothing()
    {
        var again = Running(Plain) with { Attempt = 2 };

        Assert.Empty(Step(again, new InstanceEvent.Exited(Attempt: 1, "killed", Killed)).Effects);
        Assert.Empty(Step(again, new InstanceEvent.Started(Attempt: 1, "")).Effects);
        Assert.Empty(Step(again, new InstanceEvent.Stopped()).Effects);
    }

    [Fact]
    public void A_stop_that_fails_is_tried_again()
    {
        var stopping = Step(Running(Plain), new InstanceEvent.Assigned(Desired: null));

        var failed = Step(stopping.Instance, new InstanceEvent.StopFailed("crun did not delete it"));
        var early = Step(failed.Instance, new InstanceEvent.Tick());
        var again = InstanceMachine.Step(
            failed.Instance,
            new InstanceEvent.Tick(),
            Noon + InstanceMachine.StopRetryDelay
        );

        Assert.Empty(early.Effects);
        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], again.Effects);
    }

    [Fact]
    public void Waiting_and_no_longer_assigned_it_is_gone_without_another_start()
    {
        var exited = Step(Running(Plain), new InstanceEvent.Exited(Attempt: 1, "exited with 1", Killed));
        var waiting = Step(exited.Instance, new InstanceEvent.Stopped());

        var stopping = Step(waiting.Instance, new InstanceEvent.Assigned(Desired: null));
        var gone = Step(stopping.Instance, new InstanceEvent.Stopped());

        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], stopping.Effects);
        Assert.IsType<InstancePhase.Gone>(gone.Instance.Phase);
    }

    [Fact]
    public void What_still_runs_and_is_wanted_is_taken_over_with_its_restarts_and_readiness()
    {
        var step = Adopt(Checked, Checked, isRunning: true, wasReady: true);

        var running = Assert.IsType<InstancePhase.Running>(step.Instance.Phase);
        Assert.IsType<Readiness.Ready>(running.Readiness);
        Assert.Equal(Noon, running.NextProbe);
        Assert.Equal(3, step.Instance.Restarts);
        Assert.Equal([new InstanceEffect.Watch(step.Instance.Attempt)], step.Effects);
    }

    [Fact]
    public void What_was_not_ready_yet_must_still_prove_itself()
    {
        var step = Adopt(Checked, Checked, isRunning: true, wasReady: false);

        Assert.IsType<Readiness.Unproven>(ReadinessOf(step.Instance));
    }

    [Fact]
    public void What_still_runs_and_is_not_wanted_is_stopped()
    {
        var orphan = Adopt(Plain, desired: null, isRunning: true, wasReady: true);
        var old = Adopt(Plain, Plain with { Generation = 2 }, isRunning: true, wasReady: true);

        Assert.Contains(
            new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false),
            orphan.Effects
        );
        Assert.Contains(
            new InstanceEffect.Stop(new StopPace(TimeSpan.Zero, TimeSpan.FromSeconds(2)), KeepsRecord: false),
            old.Effects
        );
    }

    [Fact]
    public void What_is_left_of_one_that_ended_meanwhile_is_cleared_away_before_it_starts_again()
    {
        var step = Adopt(Plain, Plain, isRunning: false, wasReady: true);
        var started = Step(step.Instance, new InstanceEvent.Stopped());

        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], step.Effects);
        Assert.Equal([new InstanceEffect.Start(Plain, Attempt: 1, Restarts: 4, MayKeepPort: true)], started.Effects);
    }

    private static TrackedInstance New() => TrackedInstance.New(Plain.InstanceId);

    private static TrackedInstance Starting(AssignedInstance spec) =>
        Step(New(), new InstanceEvent.Assigned(spec)).Instance;

    private static TrackedInstance Running(AssignedInstance spec) =>
        Step(Starting(spec), new InstanceEvent.Started(Attempt: 1, "127.0.0.1:20000")).Instance;

    private static TrackedInstance Ready(AssignedInstance spec) =>
        Step(Running(spec), new InstanceEvent.Probed(Attempt: 1, Failure: null)).Instance;

    private static InstanceStep Step(TrackedInstance instance, InstanceEvent @event) =>
        InstanceMachine.Step(instance, @event, Noon);

    private static Readiness ReadinessOf(TrackedInstance instance) =>
        Assert.IsType<InstancePhase.Running>(instance.Phase).Readiness;

    [Fact]
    public void One_that_is_never_restarted_is_taken_away_when_it_ends_and_reported_from_then_on()
    {
        var ended = Step(Running(Once), new InstanceEvent.Exited(Attempt: 1, "killed by SIGKILL", Killed));
        var reported = Step(ended.Instance, new InstanceEvent.Stopped());
        var again = Step(reported.Instance, new InstanceEvent.Assigned(Once));
        var left = Step(again.Instance, new InstanceEvent.Assigned(Desired: null));
        var gone = Step(left.Instance, new InstanceEvent.Stopped());

        Assert.Equal(
            [
                new InstanceEffect.RememberExit(Once, Killed, "killed by SIGKILL"),
                new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: true),
            ],
            ended.Effects
        );
        Assert.Equal(new InstancePhase.Exited(Once, Killed, "killed by SIGKILL"), reported.Instance.Phase);
        Assert.Null(InstanceMachine.DueOf(reported.Instance.Phase));
        Assert.Equal(reported.Instance.Phase, again.Instance.Phase);
        Assert.Empty(again.Effects);
        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], left.Effects);
        Assert.IsType<InstancePhase.Gone>(gone.Instance.Phase);
    }

    [Fact]
    public void One_that_is_never_restarted_and_leaves_the_assignment_while_it_is_taken_away_leaves_nothing()
    {
        var ended = Step(Running(Once), new InstanceEvent.Exited(Attempt: 1, "exited with 0", Killed));
        var left = Step(ended.Instance, new InstanceEvent.Assigned(Desired: null));
        var cleared = Step(left.Instance, new InstanceEvent.Stopped());
        var gone = Step(cleared.Instance, new InstanceEvent.Stopped());

        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)], cleared.Effects);
        Assert.IsType<InstancePhase.Gone>(gone.Instance.Phase);
    }

    [Fact]
    public void What_could_not_be_taken_away_of_one_that_ended_is_tried_again_and_how_it_ended_is_kept()
    {
        var ended = Step(Running(Once), new InstanceEvent.Exited(Attempt: 1, "exited with 0", Killed));
        var failed = Step(ended.Instance, new InstanceEvent.StopFailed("busy"));
        var again = InstanceMachine.Step(failed.Instance, new InstanceEvent.Tick(), Noon + TimeSpan.FromSeconds(2));

        Assert.Equal([new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: true)], again.Effects);
    }

    [Fact]
    public void One_that_is_never_restarted_and_does_not_start_has_ended_without_a_code()
    {
        var failed = Step(Starting(Once), new InstanceEvent.StartFailed(Attempt: 1, "no such image", Killed.At));
        var reported = Step(failed.Instance, new InstanceEvent.Stopped());

        Assert.Equal(
            new InstancePhase.Exited(Once, new InstanceExit(-1, Killed.At), "no such image"),
            reported.Instance.Phase
        );
    }

    [Fact]
    public void One_that_is_never_restarted_is_not_stopped_by_the_startup_deadline()
    {
        var running = Running(Once with { Health = ACheck() });

        var late = InstanceMachine.Step(running, new InstanceEvent.Tick(), Noon + TimeSpan.FromHours(1));

        Assert.IsType<InstancePhase.Running>(late.Instance.Phase);
    }

    [Fact]
    public void A_new_agent_reports_how_one_ended_that_is_never_restarted()
    {
        var ended = Adopt(Once, Once, isRunning: false, wasReady: true);
        var reported = Step(ended.Instance, new InstanceEvent.Stopped());
        var unassigned = Adopt(Once, desired: null, isRunning: false, wasReady: true);
        var never = Adopt(Once, Once, isRunning: false, wasReady: false, exit: null);
        var anew = Step(never.Instance, new InstanceEvent.Stopped());

        Assert.Equal(new InstancePhase.Exited(Once, Killed, "ended unseen"), reported.Instance.Phase);
        Assert.Equal(
            [new InstanceEffect.Stop(StopPace.AtOnce, KeepsRecord: false)],
            Step(unassigned.Instance, new InstanceEvent.Stopped()).Effects
        );
        Assert.Equal(new InstancePhase.Starting(Once), anew.Instance.Phase);
    }

    private static InstanceStep Adopt(
        AssignedInstance found,
        AssignedInstance? desired,
        bool isRunning,
        bool wasReady
    ) => Adopt(found, desired, isRunning, wasReady, isRunning ? null : Killed);

    private static InstanceStep Adopt(
        AssignedInstance found,
        AssignedInstance? desired,
        bool isRunning,
        bool wasReady,
        InstanceExit? exit
    ) =>
        InstanceAdoption.Adopt(
            New() with
            {
                Desired = desired,
            },
            new Adoptable
            {
                Spec = found,
                Address = "127.0.0.1:20000",
                IsRunning = isRunning,
                Reason = "ended unseen",
                Exit = exit,
                WasReady = wasReady,
                Restarts = 3,
            },
            Noon
        );
}
