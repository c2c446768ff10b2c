using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core.Judging;

namespace Orchestrator.ControlPlane.Tests.Pages;

/// <summary>A verdict as the status page and the page of approvals show it.</summary>
public sealed class JudgementTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly MetricPolicy Errors = new()
    {
        Name = "errors",
        Measure = new MetricMeasure.Share(Acceptable: null),
        Direction = MetricDirection.HigherIsWorse,
        ToleratedRatio = 1,
        InferiorRatio = 2,
        Alpha = new AlphaUse.Own(0.001),
        Beta = 0.05,
        MinSamples = 1,
        MaxSamples = long.MaxValue,
    };

    [Fact]
    public async Task Each_metric_shows_both_arms_what_they_rest_on_its_evidence_and_where_it_stands()
    {
        var html = await RenderAsync(Errors);

        Assert.Contains(">on 1,000 v 900 requests<", html, StringComparison.Ordinal);
        Assert.Contains("""data-label="Canary">5 %<""", html, StringComparison.Ordinal);
        Assert.Contains("""data-label="Control">0 %<""", html, StringComparison.Ordinal);
        Assert.Contains("of the 1,000 needed to fail", html, StringComparison.Ordinal);
        Assert.Contains("of the 20 needed to pass", html, StringComparison.Ordinal);
        Assert.Contains("</svg>worse<", html, StringComparison.Ordinal);
        Assert.DoesNotContain("peeking", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_metric_that_is_judged_by_limits_says_that_they_are_not_valid_under_peeking()
    {
        var limits = new ThresholdPolicy
        {
            Direction = MetricDirection.HigherIsWorse,
            GoodLimit = 0.1,
            BadLimit = 0.1,
            FailureLimit = 0,
            InconclusiveLimit = 0,
            ConsecutiveErrorLimit = 0,
            Checks = 3,
        };

        var html = await RenderAsync(
            Errors with
            {
                Alpha = new AlphaUse.Unused(),
                JudgedBy = new JudgedBy.Thresholds(limits, TimeSpan.FromSeconds(10)),
            }
        );

        Assert.Contains(
            "Not valid under peeking: each look is another chance to fail a good canary",
            html,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "thresholds: 1 good checks of 3 needed, 0 bad ones of 0 forgiven (this rule is not valid under peeking)",
            html,
            StringComparison.Ordinal
        );
        Assert.Contains("</svg>undecided<", html, StringComparison.Ordinal);
        Assert.DoesNotContain("needed to fail", html, StringComparison.Ordinal);
    }

    private static async Task<string> RenderAsync(MetricPolicy metric)
    {
        var judgement = CanaryJudge.Judge(
            new JudgeInputs
            {
                Policy = new CanaryPolicy
                {
                    Alpha = 0.001,
                    Metrics = [metric],
                    MinSoak = TimeSpan.Zero,
                    MaxSoak = TimeSpan.FromHours(1),
                    MaxAge = TimeSpan.FromMinutes(1),
                },
                Noises = [Noise.Independent(TimeSpan.Zero)],
                Observations =
                [
                    new MetricObservation(0, new MetricSample.Counted(Noon, Noon.AddSeconds(10), 1000, 50, 900, 0)),
                ],
                Began = Noon,
                Now = Noon.AddSeconds(10),
            }
        );
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var verdict = VerdictShapes.Of(Verdict.Of(judgement));
            var parameters = ParameterView.FromDictionary(
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["Verdict"] = verdict }
            );
            var root = await renderer.RenderComponentAsync<ControlPlane.Pages.Parts.Judgement>(parameters);
            return System.Net.WebUtility.HtmlDecode(root.ToHtmlString());
        });
    }
}
