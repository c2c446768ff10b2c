using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Tells a rollout as lines, one for each thing that changed since the last look. For logs of CI, where nothing can be redrawn.</summary>
internal sealed class RolloutChanges
{
    private RolloutView? _last;
    private long _requestsToldAt;

    public IEnumerable<string> Tell(RolloutView now)
    {
        var before = _last;
        _last = now;
        return Lines(before, now).Select(line => $"{now.Id}  {line}");
    }

    private IEnumerable<string> Lines(RolloutView? before, RolloutView now)
    {
        if (before is null)
        {
            yield return $"{now.Service} {RolloutSheets.FromTo(now)}";
        }

        if (before is null || before.Phase != now.Phase || before.Reason != now.Reason)
        {
            yield return $"{now.Phase}{Format.Because(now.Reason)}";
        }

        foreach (var line in Steps(before, now).Concat(Versions(before, now)).Concat(Instances(before, now)))
        {
            yield return line;
        }

        if (now.Verdict is { } verdict && IsWorthTelling(before?.Verdict, verdict))
        {
            _requestsToldAt = verdict.CanaryRequests;
            yield return $"verdict {verdict.Outcome}{Format.Because(verdict.Reason)}; {RolloutSheets.EvidenceOf(verdict)}";
        }

        if (Waiting.NextOf(now) is { Length: > 0 } next && (before is null || Waiting.NextOf(before) != next))
        {
            yield return $"next: {next}";
        }
    }

    // Counts grow with every look; each doubling is told, so a long bake stays a short log.
    private bool IsWorthTelling(VerdictView? before, VerdictView now) =>
        before is null
        || before.Outcome != now.Outcome
        || before.Reason != now.Reason && before.Outcome != "continue"
        || now.CanaryRequests >= 2 * Math.Max(1, _requestsToldAt);

    private static IEnumerable<string> Steps(RolloutView? before, RolloutView now) =>
        now
            .Steps.Select((step, index) => (Step: step, Before: before?.Steps.ElementAtOrDefault(index)?.State ?? ""))
            .Where(pair => pair.Step.State != pair.Before)
            .Where(pair => before is not null || pair.Step.State != "waiting")
            .Select(pair => $"step {pair.Step.Name}: {pair.Step.State}");

    private static IEnumerable<string> Versions(RolloutView? before, RolloutView now) =>
        now
            .Versions.Where(share => before?.Versions.Contains(share) != true)
            .Select(share =>
                $"version {share.Version}: {Format.Percent(share.WeightPercent)} of traffic, {Format.Number(share.Ready)} ready of {Format.Number(share.Desired)}"
            );

    private static IEnumerable<string> Instances(RolloutView? before, RolloutView now)
    {
        var known = (before?.Instances ?? []).ToDictionary(instance => instance.Id, StringComparer.Ordinal);
        foreach (var instance in now.Instances)
        {
            var was = known.GetValueOrDefault(instance.Id);
            if (was?.State != instance.State || was.Host != instance.Host)
            {
                yield return $"instance {instance.Id}: {instance.State} on {instance.Host}{Format.Because(instance.Reason)}";
            }

            known.Remove(instance.Id);
        }

        foreach (var gone in known.Keys.Order(StringComparer.Ordinal))
        {
            yield return $"instance {gone}: gone";
        }
    }
}
