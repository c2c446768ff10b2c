using System.Globalization;

namespace Orchestrator.Core.Catalog;

/// <summary>What all windows together say of a service at a stage.</summary>
public static class WindowCalendar
{
    /// <summary>Steps from one window to the next that are looked at for an opening.</summary>
    private const int MaxSteps = 1_000;

    /// <summary>
    /// Why it is closed at that moment; null if it is open. Of several windows the one that does most to what is under way:
    /// a person who stops the line must not be overruled by a freeze that lets things finish.
    /// </summary>
    public static Closure? At(IEnumerable<Window> windows, ServiceName service, StageName stage, DateTimeOffset moment)
    {
        var concerned = windows.Where(window => window.Concerns(service, stage)).ToList();
        var closures = concerned
            .Where(window => window.Effect == WindowEffect.Deny && !IsOpen(window, moment))
            .Select(window => new Closure(window, EndOf(window, moment)));
        var allowing = concerned.Where(window => window.Effect == WindowEffect.Allow).ToList();
        if (allowing.Count > 0 && !allowing.Exists(window => IsOpen(window, moment)))
        {
            var next = allowing
                .Select(window => new Closure(window, BeginOf(window, moment)))
                .MinBy(each => each.Until ?? DateTimeOffset.MaxValue);
            closures = closures.Append(next!);
        }

        return closures.MaxBy(closure => closure.ClosingAt(moment));
    }

    /// <summary>The first moment from that one on at which it is open; null if that is not known.</summary>
    public static DateTimeOffset? NextOpening(
        IReadOnlyCollection<Window> windows,
        ServiceName service,
        StageName stage,
        DateTimeOffset moment
    )
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            if (At(windows, service, stage, moment) is not { } closure)
            {
                return moment;
            }

            if (closure.Until is not { } until || until <= moment)
            {
                return null;
            }

            moment = until;
        }

        return null;
    }

    /// <summary>Whether things may go on as far as this window goes.</summary>
    private static bool IsOpen(Window window, DateTimeOffset moment)
    {
        if (moment >= window.KnownUntil)
        {
            return false;
        }

        var isInside = window.Periods.Any(period => period.Contains(moment));
        return isInside == (window.Effect == WindowEffect.Allow);
    }

    private static DateTimeOffset? EndOf(Window window, DateTimeOffset moment) =>
        window
            .Periods.Where(period => period.Contains(moment) && period.Until < window.KnownUntil)
            .Select(period => (DateTimeOffset?)period.Until)
            .FirstOrDefault();

    private static DateTimeOffset? BeginOf(Window window, DateTimeOffset moment) =>
        window
            .Periods.Where(period => period.From > moment)
            .Select(period => (DateTimeOffset?)period.From)
            .FirstOrDefault();
}

/// <param name="Until">When this window opens again; null if that is not known.</param>
public sealed record Closure(Window Window, DateTimeOffset? Until)
{
    /// <summary>What becomes of what is under way; null while the window's times are not known, which only keeps back what begins.</summary>
    public WindowClosing? ClosingAt(DateTimeOffset moment) => moment < Window.KnownUntil ? Window.OnClose : null;

    /// <summary>For people.</summary>
    public string Text
    {
        get
        {
            var what = Window switch
            {
                { HaltedBy: { } actor } => $"halted by {actor} ({Window.Name})",
                { Effect: WindowEffect.Deny } => $"window {Window.Name} denies it",
                _ => $"outside window {Window.Name}",
            };
            var until = Until is { } opens
                ? string.Create(CultureInfo.InvariantCulture, $" until {opens.UtcDateTime:yyyy-MM-dd HH:mm}Z")
                : "";
            var why = Window.Reason.Length > 0 ? $": {Window.Reason}" : "";
            return $"{what}{until}{why}";
        }
    }
}
