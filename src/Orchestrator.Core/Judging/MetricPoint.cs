namespace Orchestrator.Core.Judging;

/// <summary>One number of each arm; NaN where there is none.</summary>
internal readonly record struct MetricPoint(double Canary, double Control)
{
    public static readonly MetricPoint None = new(double.NaN, double.NaN);
}
