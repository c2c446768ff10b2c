using System.Globalization;
using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Windows as the API shows them.</summary>
internal static class WindowShapes
{
    public static WindowView Of(Window window, DateTimeOffset now)
    {
        var isInside = window.Periods.Any(period => period.Contains(now));
        return new WindowView
        {
            Name = window.Name.Value,
            Effect = window.HaltedBy is null ? Word(window.Effect) : "halt",
            Services = [.. window.Services.Select(service => service.Value)],
            Stages = [.. window.Stages.Select(stage => stage.Value)],
            Zone = window.Zone,
            Times =
            [
                .. window.Recurring.Select(each => $"{each.Cron} for {Hours(each.Lasts)}"),
                .. window.Dated.Select(each =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{each.From:yyyy-MM-dd HH:mm} to {each.Until:yyyy-MM-dd HH:mm}"
                    )
                ),
            ],
            OnClose = Word(window.OnClose),
            Reason = window.Reason,
            HaltedBy = window.HaltedBy ?? "",
            IsOpen = now < window.KnownUntil && isInside == (window.Effect == WindowEffect.Allow),
            ChangesAt = window
                .Periods.SelectMany(period => new[] { period.From, period.Until })
                .Where(change => change > now && change < window.KnownUntil)
                .Select(change => (DateTimeOffset?)change)
                .Min(),
        };
    }

    private static string Hours(TimeSpan lasts) =>
        lasts.Minutes == 0 && lasts.Seconds == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{lasts.TotalHours:0}h")
            : string.Create(CultureInfo.InvariantCulture, $"{lasts.TotalMinutes:0.##}m");

    private static string Word(WindowEffect effect) =>
        effect switch
        {
            WindowEffect.Allow => "allow",
            WindowEffect.Deny => "deny",
            _ => throw new ArgumentOutOfRangeException(nameof(effect)),
        };

    private static string Word(WindowClosing closing) =>
        closing switch
        {
            WindowClosing.Finish => "finish",
            WindowClosing.Hold => "hold",
            WindowClosing.Halt => "halt",
            _ => throw new ArgumentOutOfRangeException(nameof(closing)),
        };
}
