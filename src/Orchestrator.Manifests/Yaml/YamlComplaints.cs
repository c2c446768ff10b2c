using System.Globalization;

namespace Orchestrator.Manifests.Yaml;

/// <summary>What the guard has to say.</summary>
internal static class YamlComplaints
{
    private const string SplitHint = "Split the file, and apply the parts one after the other.";

    /// <summary>A timetable's cron is what most often begins with a star.</summary>
    private const string QuoteStar = "Quote a value that begins with '*'; write out what an alias stands for.";

    public static readonly Complaint Documents = new(
        ManifestErrorCodes.TooManyDocuments,
        Whole($"More than {ManifestLimits.MaxDocuments} documents."),
        "Apply them in several runs."
    );

    public static readonly Complaint Nodes = new(
        ManifestErrorCodes.TooManyNodes,
        Whole($"The file has more than {ManifestLimits.MaxNodes} keys and values."),
        SplitHint
    );

    public static readonly Complaint TotalNodes = new(
        ManifestErrorCodes.TooManyNodes,
        Whole($"All files together have more than {ManifestLimits.MaxTotalNodes} keys and values."),
        "Apply them in several runs."
    );

    public static readonly Complaint Depth = new(
        ManifestErrorCodes.TooDeep,
        Whole($"Lists and maps are nested more than {ManifestLimits.MaxDepth} deep."),
        "No manifest is that deep; look for brackets that are not closed."
    );

    public static readonly Complaint Alias = new(
        ManifestErrorCodes.AliasRefused,
        "YAML aliases (*name) are refused, since a short text with them can stand for a huge one.",
        QuoteStar
    );

    public static readonly Complaint Anchor = new(
        ManifestErrorCodes.AnchorRefused,
        "YAML anchors (&name) are refused.",
        "Remove the anchor; quote the value if it begins with '&'."
    );

    public static readonly Complaint Tag = new(
        ManifestErrorCodes.TagRefused,
        "YAML tags (!name) are refused.",
        "Remove the tag; quote the value if it begins with '!'."
    );

    public static readonly Complaint NotText = new(
        ManifestErrorCodes.NotText,
        "There is a control character or half a surrogate pair here.",
        "Save the file as UTF-8 text; only tab and line breaks are allowed of the control characters."
    );

    public static readonly Complaint KeyNotText = new(
        ManifestErrorCodes.KeyNotText,
        "A key must be text, not a list or a map.",
        "If this comes from a template, '{{' was probably not replaced."
    );

    public static readonly Complaint KeyTooLong = new(
        ManifestErrorCodes.KeyTooLong,
        Whole($"A key has at most {ManifestLimits.MaxKeyLength} characters."),
        "Look for a missing line break or quotation mark."
    );

    public static Complaint DuplicateKey(string key) =>
        new(
            ManifestErrorCodes.DuplicateKey,
            $"{Shown.Quoted(key)} stands in the same map before.",
            "Keep one of the two; for a second object begin a new document with '---'."
        );

    /// <summary>What YamlDotNet says, with a hint at what is usually behind it.</summary>
    public static Complaint Malformed(string message) =>
        new(ManifestErrorCodes.Malformed, Shown.Cut(message, 200), HintFor(message));

    private static string HintFor(string message)
    {
        if (message.Contains("alias", StringComparison.Ordinal))
        {
            return QuoteStar;
        }

        return message.Contains("tab", StringComparison.Ordinal)
            ? "YAML indents with spaces, not with tabs."
            : "Check the indentation and the quotes before this place; a value with ': ' or ' #' must be quoted.";
    }

    private static string Whole(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
