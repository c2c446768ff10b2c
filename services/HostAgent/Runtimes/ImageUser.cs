using System.Globalization;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>Who the program runs as, from <c>user[:group]</c> in the image's config and the image's own files.</summary>
internal sealed record ImageUser(int UserId, int GroupId)
{
    /// <summary>Real ones have a few dozen lines.</summary>
    private const long MaxFileBytes = 1024 * 1024;

    /// <exception cref="RuntimeFailedException">The image does not know the user or group that it names.</exception>
    public static ImageUser Of(UnpackedImage image)
    {
        if (image.Config.User is not { Length: > 0 } text)
        {
            return new ImageUser(UserId: 0, GroupId: 0);
        }

        var parts = text.Split(':', 2);
        var entry = FindLine(image.RootDirectory, "/etc/passwd", parts[0]);
        var userId = Number(parts[0]) ?? Number(entry?.ElementAtOrDefault(2)) ?? throw Unknown("user", parts[0]);
        var groupId = parts.Length == 1 ? Number(entry?.ElementAtOrDefault(3)) ?? 0 : GroupOf(image, parts[1]);
        return new ImageUser(userId, groupId);
    }

    /// <summary>Null if it is not by number.</summary>
    public static ImageUser? OfNumbers(string text)
    {
        if (text.Length == 0)
        {
            return new ImageUser(UserId: 0, GroupId: 0);
        }

        var parts = text.Split(':', 2);
        return Number(parts[0]) is { } user && Number(parts.ElementAtOrDefault(1) ?? "0") is { } group
            ? new ImageUser(user, group)
            : null;
    }

    private static int GroupOf(UnpackedImage image, string group) =>
        Number(group)
        ?? Number(FindLine(image.RootDirectory, "/etc/group", group)?.ElementAtOrDefault(2))
        ?? throw Unknown("group", group);

    /// <summary>The fields of the line whose name, or whose number, is the one asked for.</summary>
    private static string[]? FindLine(string root, string path, string key)
    {
        var file = new FileInfo(RootedPath.Resolve(root, path, followLast: true));
        return file is { Exists: true, Length: <= MaxFileBytes }
            ? File.ReadLines(file.FullName)
                .Select(line => line.Split(':'))
                .FirstOrDefault(fields =>
                    fields.Length > 2
                    && (
                        string.Equals(fields[0], key, StringComparison.Ordinal)
                        || string.Equals(fields[2], key, StringComparison.Ordinal)
                    )
                )
            : null;
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static RuntimeFailedException Unknown(string kind, string name) =>
        new($"The image has no {kind} '{name}'.");
}
