namespace Orchestrator.Cli.Api;

/// <summary>Where the control plane is and who asks.</summary>
/// <param name="Token">Empty when there is none.</param>
internal sealed record Connection(Uri Address, string Token)
{
    private const string AddressFile = "address";
    private const string TokenFile = "admin-token";
    private const string NothingFoundHint =
        "Start one here (the Embedded program), or set ORC_ADDR and ORC_TOKEN, or point ORC_DATA at the data directory of a running one.";

    /// <summary>Flags win over variables, variables over the files that an embedded control plane leaves in its data directory.</summary>
    public static Connection Find(string? addressFlag, string? tokenFlag, Func<string, string?> variable)
    {
        var given = Blank(addressFlag) ?? Blank(variable("ORC_ADDR"));
        var token = Blank(tokenFlag) ?? Blank(variable("ORC_TOKEN"));
        var directories = DataDirectories(variable).ToList();
        var directory = directories.Find(path => File.Exists(Path.Combine(path, AddressFile)));
        var written = directory is null ? null : ReadFile(directory, AddressFile);
        var address = given is null ? Parse(written, $"'{directory}'") : Parse(given, "--addr or ORC_ADDR");
        if (address is null)
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"No control plane is known: neither --addr nor ORC_ADDR is set, and there is no file 'address' in {string.Join(" or ", directories)}.",
                NothingFoundHint
            );
        }

        // The token of the files belongs to the address beside it, and must not be shown to another server.
        return token is null && directory is not null && (given is null || Slashed(given) == Slashed(written ?? ""))
            ? new Connection(address, ReadFile(directory, TokenFile))
            : new Connection(address, token ?? "");
    }

    private static Uri? Parse(string? text, string source)
    {
        if (text is null)
        {
            return null;
        }

        return Uri.TryCreate(Slashed(text), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"'{text}' of {source} is not an address.",
                "An address looks like http://127.0.0.1:7400."
            );
    }

    /// <summary>With a slash at its end, relative paths append to the address.</summary>
    private static string Slashed(string address) => address.EndsWith('/') ? address : address + "/";

    private static IEnumerable<string> DataDirectories(Func<string, string?> variable)
    {
        if (Blank(variable("ORC_DATA")) is { } data)
        {
            yield return data;
            yield break;
        }

        if (Blank(variable("XDG_DATA_HOME")) is { } shared)
        {
            yield return Path.Combine(shared, "orchestrator");
        }

        if (Blank(variable("HOME")) is { } home)
        {
            yield return Path.Combine(home, ".local", "share", "orchestrator");
        }
    }

    private static string ReadFile(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"'{path}' cannot be read: {exception.Message}",
                "Only the user who started the control plane may read it; others set ORC_ADDR and ORC_TOKEN."
            );
        }
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
