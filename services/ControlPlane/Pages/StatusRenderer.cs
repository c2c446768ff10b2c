using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Pages.Sections;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>Renders what the page shows of a cell, section by section.</summary>
internal sealed class StatusRenderer(IServiceProvider services, ILoggerFactory loggerFactory)
{
    public async Task<RenderedStatus> RenderAsync(CellView view)
    {
        var model = StatusModels.Of(view);
        // A renderer keeps every component it has rendered; so each rendering has its own.
        await using var renderer = new HtmlRenderer(services, loggerFactory);
        return await renderer.Dispatcher.InvokeAsync(async () =>
            new RenderedStatus(
                view.Version,
                view.At,
                [
                    await SectionAsync<NeedsSection>(renderer, "needs", model.Needs),
                    await SectionAsync<DeploymentsSection>(renderer, "deployments", model.Deployments),
                    await SectionAsync<LinesSection>(renderer, "lines", model.Lines),
                    await SectionAsync<RolloutsSection>(renderer, "rollouts", model.Rollouts),
                    await SectionAsync<HostsSection>(renderer, "hosts", model.Hosts),
                ]
            )
        );
    }

    private static async Task<Fragment> SectionAsync<TSection>(HtmlRenderer renderer, string section, object model)
        where TSection : IComponent
    {
        var parameters = ParameterView.FromDictionary(
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["Model"] = model }
        );
        return new Fragment(section, (await renderer.RenderComponentAsync<TSection>(parameters)).ToHtmlString());
    }
}
