using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>What a rule says that is not valid under peeking, in one sentence that says so.</summary>
public sealed record RuleVerdict(JudgementOutcome Outcome, string Reason)
{
    public const string Warning = "this rule is not valid under peeking";

    internal static RuleVerdict Of(JudgementOutcome outcome, FormattableString reason) =>
        new(outcome, $"{reason.ToString(CultureInfo.InvariantCulture)} ({Warning})");
}
