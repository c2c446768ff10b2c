using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>Asks webhooks whether rollouts may go on, and tells the cell what they say, or that they said nothing.</summary>
internal sealed class WebhookDesk : IDisposable
{
    /// <summary>Questions at a time, and of them to the same webhook: one that hangs must not hold up the others.</summary>
    private const int MaxAtOnce = 64;
    private const int MaxAtOnceOfOne = 8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly string _cell;
    private readonly Conductor _conductor;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Webhook> _webhooks;

    /// <param name="webhooks">By name.</param>
    public WebhookDesk(
        IEnumerable<KeyValuePair<string, WebhookOptions>> webhooks,
        string cell,
        Conductor conductor,
        TimeProvider clock
    )
    {
        (_cell, _conductor, _clock) = (cell, conductor, clock);
        _webhooks = webhooks.ToDictionary(
            named => named.Key,
            named => new Webhook(named.Value),
            StringComparer.Ordinal
        );
    }

    public void Dispose()
    {
        foreach (var webhook in _webhooks.Values)
        {
            webhook.Dispose();
        }
    }

    /// <summary>Runs while this replica leads.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var underWay = new Dictionary<Place, Task>();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                foreach (var (place, asking) in underWay.Where(each => each.Value.IsCompleted).ToList())
                {
                    underWay.Remove(place);
                    await asking;
                }

                Begin(underWay, cancellationToken);
                await Task.Delay(LookEvery, _clock, cancellationToken);
            }
        }
        finally
        {
            await Task.WhenAll(underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Begin(Dictionary<Place, Task> underWay, CancellationToken cancellationToken)
    {
        foreach (var (rollout, question) in WebhookQuestions.Due(_conductor.Current.Cell, _clock.GetUtcNow()))
        {
            var place = new Place(rollout.Id, question.Gate.Name, question.Gate.Before);
            if (
                underWay.Count < MaxAtOnce
                && !underWay.ContainsKey(place)
                && underWay.Keys.Count(other => other.Webhook == place.Webhook) < MaxAtOnceOfOne
            )
            {
                underWay[place] = AskAsync(rollout, question, cancellationToken);
            }
        }
    }

    private async Task AskAsync(Rollout rollout, WebhookQuestion question, CancellationToken cancellationToken)
    {
        var (gate, now) = (question.Gate, _clock.GetUtcNow());
        var answer = _webhooks.TryGetValue(gate.Name, out var webhook)
            ? await webhook.AskAsync(
                WebhookDelivery.Of(_cell, rollout, question, now),
                gate.Timeout,
                now,
                cancellationToken
            )
            : new WebhookAnswer.Failed("the control plane knows no webhook of that name");
        await _conductor.AskAsync(
            new CellInput.WebhookAnswered(
                rollout.Id,
                new RolloutEvent.WebhookAnswered(gate.Name, gate.Before, question.Round, answer)
            ),
            cancellationToken
        );
    }

    private sealed record Place(RolloutId Rollout, string Webhook, ApprovalPoint Before);
}
