using System.Collections.Concurrent;

namespace Orchestrator.Gateway.Metrics;

/// <summary>How often the gateway itself answered, by the code of the answer: as many as it has answers.</summary>
internal sealed class AnswerCounts
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public void Count(string code) => _counts.AddOrUpdate(code, addValue: 1, (_, count) => count + 1);

    public IReadOnlyList<(string Code, long Count)> Read() =>
        [.. _counts.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal)];
}
