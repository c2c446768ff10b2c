using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Evidence;

/// <summary>Asks providers for the metrics of canaries, and tells the cell what they say, or that they said nothing.</summary>
internal sealed class EvidenceCollector : IDisposable
{
    /// <summary>Questions at a time: a provider that hangs must not hold up the others for long.</summary>
    private const int MaxAtOnce = 16;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Conductor _conductor;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Provider> _providers;

    /// <param name="providers">By name.</param>
    public EvidenceCollector(
        IEnumerable<KeyValuePair<string, ProviderOptions>> providers,
        Conductor conductor,
        TimeProvider clock
    )
    {
        (_conductor, _clock) = (conductor, clock);
        _providers = providers.ToDictionary(
            named => named.Key,
            named => new Provider(named.Value),
            StringComparer.Ordinal
        );
    }

    public void Dispose()
    {
        foreach (var provider in _providers.Values)
        {
            provider.Dispose();
        }
    }

    /// <summary>Runs while this replica leads.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Parallel.ForEachAsync(
                Questions.Due(_conductor.Current.Cell, _clock.GetUtcNow()),
                new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken },
                async (question, over) => await AskAsync(question, over)
            );
            await Task.Delay(LookEvery, _clock, cancellationToken);
        }
    }

    private async Task AskAsync(Question question, CancellationToken cancellationToken)
    {
        // Whatever comes of it: an interval that was not answered is a gap, and is not asked for again.
        var sample = _providers.TryGetValue(question.Query.Provider, out var provider)
            ? await SampleOf(provider, question, cancellationToken)
            : Gap(question, $"the control plane knows no provider '{question.Query.Provider}'");
        await _conductor.AskAsync(
            new CellInput.MetricMeasured(question.Rollout, question.Rule.Name, sample, IsAsked: true),
            cancellationToken
        );
    }

    private static async Task<MetricSample> SampleOf(
        Provider provider,
        Question question,
        CancellationToken cancellationToken
    )
    {
        var isShare = question.Rule.Kind == MetricKind.Share;
        string[] texts = isShare ? [question.Query.Text, question.Query.TotalText] : [question.Query.Text];
        var maxAge = question.Query.Every * 2;
        (QueryText About, string Text)[] asked =
        [
            .. from about in (QueryText[])[question.Canary, question.Control] from text in texts select (about, text),
        ];
        var readings = await Task.WhenAll(
            asked.Select(one => provider.AskAsync(one.Text, one.About, question.To, maxAge, cancellationToken))
        );
        foreach (var (one, reading) in asked.Zip(readings))
        {
            if (reading is Reading.None(var why))
            {
                return Gap(question, $"{question.Query.Provider}, asked of {one.About.Version}: {why}");
            }
        }

        var numbers = readings.OfType<Reading.Number>().Select(reading => reading.Value).ToList();
        return isShare
            ? Counted(question, numbers)
            : new MetricSample.Levels(question.From, question.To, numbers[0], numbers[1]);
    }

    private static MetricSample Counted(Question question, List<double> numbers)
    {
        if (numbers.Exists(number => Math.Abs(number) > long.MaxValue / 4.0))
        {
            return Gap(question, "a count is too large");
        }

        var (canaryHits, canary) = (Rounded(numbers[0]), Rounded(numbers[1]));
        var (controlHits, control) = (Rounded(numbers[2]), Rounded(numbers[3]));
        // Prometheus extrapolates each by itself, so that all hits of few may come to one more than there are.
        return new MetricSample.Counted(
            question.From,
            question.To,
            canaryHits == canary + 1 ? canaryHits : canary,
            canaryHits,
            controlHits == control + 1 ? controlHits : control,
            controlHits
        );
    }

    private static long Rounded(double number) => (long)Math.Round(number);

    private static MetricSample.Missing Gap(Question question, string why) => new(question.From, question.To, why);
}
