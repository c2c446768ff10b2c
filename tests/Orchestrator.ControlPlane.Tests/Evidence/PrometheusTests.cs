using Microsoft.AspNetCore.Http;
using Orchestrator.ControlPlane.Evidence;
using Orchestrator.Tests.Shared;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Evidence;

/// <summary>Against the real one.</summary>
public sealed class PrometheusTests
{
    private static readonly QueryText About = new("cart", "1.1.0", "prod", "cart.prod.4|cart.prod.5");

    [Fact]
    public async Task It_answers_for_one_version_and_says_why_when_it_cannot_and_when_it_is_gone()
    {
        Assert.SkipWhen(PrometheusServer.Find() is null, "Prometheus is not installed (no prometheus on the PATH).");
        var isSilent = false;
        await using var target = await AnsweringServer.StartAsync(context =>
        {
            if (Volatile.Read(ref isSilent))
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.CompletedTask;
            }

            context.Response.ContentType = "text/plain; version=0.0.4";
            return context.Response.WriteAsync(
                """
                lost{version="1.1.0",instance_id="cart.prod.4"} 3
                lost{version="1.1.0",instance_id="cart.prod.5"} 4
                lost{version="1.0.0",instance_id="cart.prod.1"} 50
                level{version="1.1.0"} NaN

                """,
                context.RequestAborted
            );
        });
        await using var prometheus = PrometheusServer.Start(target.Url);
        using var provider = new Provider(new ProviderOptions { Url = prometheus.Url });

        await UntilAsync(async () =>
            await AskAsync(provider, """sum(lost{version="{{version}}"})""") is Reading.Number
        );
        Assert.Equal(new Reading.Number(7), await AskAsync(provider, """sum(lost{version="{{version}}"})"""));
        Assert.Equal(new Reading.Number(7), await AskAsync(provider, """sum(lost{instance_id=~"{{instances}}"})"""));
        Assert.Equal(new Reading.Number(2), await AskAsync(provider, "scalar(1 + vector(1))"));
        Assert.Equal(
            "the query gives 2 series, not one: add them up",
            WhyOf(await AskAsync(provider, """lost{version="{{version}}"}"""))
        );
        Assert.Equal("it has no such series now", WhyOf(await AskAsync(provider, """lost{version="9"}""")));
        Assert.Equal("it says NaN, which is no number", WhyOf(await AskAsync(provider, "level")));
        Assert.StartsWith("it says: ", WhyOf(await AskAsync(provider, "sum(((")), StringComparison.Ordinal);

        Volatile.Write(ref isSilent, true);
        await UntilAsync(async () => await AskAsync(provider, """sum(lost{version="{{version}}"})""") is Reading.None);
        Assert.Equal("it has no such series now", WhyOf(await AskAsync(provider, """sum(lost{version="1.1.0"})""")));

        await prometheus.KillAsync();
        Assert.StartsWith("it cannot be reached: ", WhyOf(await AskAsync(provider, "1")), StringComparison.Ordinal);
    }

    private static Task<Reading> AskAsync(Provider provider, string text) =>
        provider.AskAsync(text, About, DateTimeOffset.UtcNow, TimeSpan.FromSeconds(10), Token);

    private static string WhyOf(Reading reading) => Assert.IsType<Reading.None>(reading).Why;
}
