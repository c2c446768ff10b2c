using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Windows and halts.</summary>
internal static class WindowSheets
{
    public static Sheet List(Page<WindowView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["WINDOW", "EFFECT", "SERVICES", "STAGES", "NOW", "UNTIL", "TIMES", "REASON"],
                [
                    .. page.Items.Select(window =>
                        (string[])
                            [
                                window.Name,
                                EffectOf(window),
                                NamesOf(window.Services),
                                NamesOf(window.Stages),
                                StateOf(window),
                                UntilOf(window, now),
                                string.Join("; ", window.Times),
                                window.Reason,
                            ]
                    ),
                ],
                "No windows: trains depart as their timetables say. Declare one with a manifest of kind Window."
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc describe window {first.Name}" : "")
        );

    public static Sheet One(WindowView window, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Window", window.Name),
                ("Effect", EffectOf(window)),
                ("Services", NamesOf(window.Services)),
                ("Stages", NamesOf(window.Stages)),
                ("Zone", window.Zone),
                ("Times", string.Join("; ", window.Times)),
                ("On close", window.OnClose),
                ("Reason", window.Reason),
                ("Now", StateOf(window)),
                ("Until", UntilOf(window, now)),
            ]),
            new Block.Next(window.HaltedBy.Length > 0 ? $"orc release {window.Name} --reason WHY" : "orc trains")
        );

    public static string[] Closed(WindowView window, DateTimeOffset now) =>
        [
            window.Name,
            EffectOf(window),
            NamesOf(window.Services),
            NamesOf(window.Stages),
            UntilOf(window, now),
            window.Reason,
        ];

    private static string EffectOf(WindowView window) =>
        window.HaltedBy.Length > 0 ? $"halt by {window.HaltedBy}" : window.Effect;

    private static string StateOf(WindowView window) => window.IsOpen ? "open" : "closed";

    private static string UntilOf(WindowView window, DateTimeOffset now) =>
        window.ChangesAt is { } change ? Format.When(change, now) : "-";

    private static string NamesOf(IReadOnlyList<string> names) => names.Count == 0 ? "all" : string.Join(", ", names);
}
