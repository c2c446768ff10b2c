namespace Orchestrator.HostAgent.Images;

/// <summary>Finds paths in an unpacked image as the image's own processes would: every link ends inside its root.</summary>
internal static class RootedPath
{
    /// <summary>As the kernel: more is a loop.</summary>
    private const int MaxLinks = 40;

    /// <summary>
    /// The place of a path below the root, with links followed, the last one too if asked. What does not exist is not
    /// followed. Climbing above the root stays at the root, as it does for a process there.
    /// </summary>
    /// <exception cref="ImageRefusedException">The links form a loop.</exception>
    public static string Resolve(string root, string path, bool followLast)
    {
        var remaining = new Stack<string>(Split(path).Reverse());
        var resolved = new List<string>();
        var links = 0;
        while (remaining.TryPop(out var part))
        {
            if (part == "..")
            {
                if (resolved.Count > 0)
                {
                    resolved.RemoveAt(resolved.Count - 1);
                }

                continue;
            }

            var isLast = remaining.Count == 0;
            var target = isLast && !followLast ? null : LinkTargetOf(Join(root, resolved, part));
            if (target is null)
            {
                resolved.Add(part);
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new ImageRefusedException($"'{path}' has too many links.");
            }

            Follow(target, remaining, resolved);
        }

        return Path.Combine([root, .. resolved]);
    }

    /// <summary>Parts of a path without the empty ones and the dots that mean nothing.</summary>
    public static IEnumerable<string> Split(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");

    private static void Follow(string target, Stack<string> remaining, List<string> resolved)
    {
        if (target.StartsWith('/'))
        {
            resolved.Clear();
        }

        foreach (var part in Split(target).Reverse())
        {
            remaining.Push(part);
        }
    }

    private static string Join(string root, List<string> resolved, string part) =>
        Path.Combine([root, .. resolved, part]);

    private static string? LinkTargetOf(string path) => new FileInfo(path).LinkTarget;
}
