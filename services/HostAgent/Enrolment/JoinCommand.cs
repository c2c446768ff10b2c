using System.CommandLine;

namespace Orchestrator.HostAgent.Enrolment;

/// <summary>The command line of <c>orchestrator-agent join</c>.</summary>
internal static class JoinCommand
{
    /// <summary>A token has 51 characters; what is longer is another file.</summary>
    private const int MaxTokenCharacters = 4_096;

    private static readonly Argument<string> Address = new("url")
    {
        Description = "Where the control plane is, such as https://orchestrator.example.",
        HelpName = "URL",
    };

    private static readonly Option<string?> Token = new("--token")
    {
        Description = "The token of `orc host token`. Others on this machine see command lines: prefer --token-file.",
        HelpName = "TOKEN",
    };

    private static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "A file that holds the token; - is standard input.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> HostId = new("--host-id")
    {
        Description = "What this host is to be called; else this machine's name, up to its first dot.",
        HelpName = "NAME",
    };

    private static readonly Option<string> DataDirectory = new("--data-directory")
    {
        Description = "Where the agent keeps its things; start it with the same in ORC_Agent__DataDirectory.",
        HelpName = "DIR",
        DefaultValueFactory = _ => EnrolmentFile.DefaultDirectory,
    };

    private static readonly Option<string?> Advertise = new("--advertise-address")
    {
        Description = "This host as the gateway reaches it; else the address that reaches the control plane.",
        HelpName = "IP",
    };

    private static readonly Option<bool> Insecure = new("--insecure")
    {
        Description = "Join over plain HTTP, where others on the way can read the token and the password.",
    };

    private static readonly Option<bool> Again = new("--again")
    {
        Description = "Join anew though this machine has joined; its old password is worthless then.",
    };

    public static RootCommand Create(TextReader input, TextWriter output, TextWriter error)
    {
        var join = new Command("join", "Join the fleet once, with a token of `orc host token`.")
        {
            Address,
            Token,
            TokenFile,
            HostId,
            DataDirectory,
            Advertise,
            Insecure,
            Again,
        };
        join.SetAction(
            async (parsed, cancellationToken) =>
            {
                try
                {
                    var order = Read(parsed, await ReadTokenAsync(parsed, input, cancellationToken));
                    var joined = await Joining.JoinAsync(order, cancellationToken);
                    await output.WriteLineAsync(joined);
                    return 0;
                }
                catch (JoinFailedException failure)
                {
                    await error.WriteLineAsync($"error: {failure.Message}\n  hint: {failure.Hint}");
                    return failure.ExitCode;
                }
            }
        );
        return new RootCommand("The agent of a host. Without a command it runs, as it is configured or has joined.")
        {
            join,
        };
    }

    private static JoinOrder Read(ParseResult parsed, string token) =>
        new()
        {
            Address = parsed.GetRequiredValue(Address),
            Token = token,
            HostId = parsed.GetValue(HostId) ?? Environment.MachineName.ToLowerInvariant().Split('.')[0],
            DataDirectory = Path.GetFullPath(parsed.GetRequiredValue(DataDirectory)),
            AdvertiseAddress = parsed.GetValue(Advertise),
            AllowsPlainHttp = parsed.GetValue(Insecure),
            JoinsAgain = parsed.GetValue(Again),
        };

    private static async Task<string> ReadTokenAsync(
        ParseResult parsed,
        TextReader input,
        CancellationToken cancellationToken
    )
    {
        var text = (parsed.GetValue(Token), parsed.GetValue(TokenFile)) switch
        {
            ({ } token, null) => token,
            (null, "-") => await ReadAsync(input, cancellationToken),
            (null, { } path) => await ReadFileAsync(path, cancellationToken),
            _ => throw new JoinFailedException(
                JoinFailedException.Usage,
                "There must be one token.",
                "Give --token-file FILE (- is standard input) or --token TOKEN; an operator makes one: orc host token"
            ),
        };
        var trimmed = text.Trim();
        return trimmed.Length is > 0 and < MaxTokenCharacters && trimmed.All(IsOfToken)
            ? trimmed
            : throw new JoinFailedException(
                JoinFailedException.Usage,
                "What was given is no token.",
                "A token is one word that begins with orcjoin_; an operator makes one: orc host token"
            );
    }

    /// <summary>It goes into a header.</summary>
    private static bool IsOfToken(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '-';

    private static async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenText(path);
            return await ReadAsync(file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new JoinFailedException(
                JoinFailedException.Usage,
                $"The token cannot be read: {exception.Message}",
                "Give a file that holds the token and nothing else, or --token-file - and the token on standard input."
            );
        }
    }

    private static async Task<string> ReadAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxTokenCharacters];
        var count = await reader.ReadBlockAsync(buffer.AsMemory(), cancellationToken);
        return new string(buffer, 0, count);
    }
}
