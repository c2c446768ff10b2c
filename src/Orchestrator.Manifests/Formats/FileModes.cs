using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>Permissions as chmod takes them: three octal digits, perhaps behind a 0.</summary>
internal static class FileModes
{
    private const int Octal = 8;
    private const int Digits = 3;

    public static int? Read(string text, Complain complain)
    {
        var digits = text.Length == Digits + 1 && text[0] == '0' ? text[1..] : text;
        if (digits.Length == Digits && digits.All(digit => digit is >= '0' and <= '7'))
        {
            return Convert.ToInt32(digits, Octal);
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidMode,
                $"{Shown.Quoted(text)} is not a mode.",
                "Write three octal digits, such as 0644 or 0400."
            )
        );
        return null;
    }
}
