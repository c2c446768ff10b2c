namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>Has rkt make the pod of a container, from an image that it is given if it does not have it.</summary>
internal sealed class RktPreparation(RktCommands rkt, RktImages images)
{
    /// <summary>The name of the pod, as rkt prints it.</summary>
    public async Task<string> RunAsync(
        RktContainer container,
        ContainerSpec spec,
        ContainerCommand command,
        CancellationToken cancellationToken
    )
    {
        var marked = command with
        {
            Environment = new SortedDictionary<string, string>(
                command.Environment.ToDictionary(StringComparer.Ordinal),
                StringComparer.Ordinal
            )
            {
                [RktCommands.MarkVariable] = container.Mark,
            },
        };
        var isRetried = false;
        while (true)
        {
            var image = await images.EnsureAsync(spec.Image, cancellationToken);
            var prepared = await rkt.RunAsync(
                RktCommandLine.Prepare(spec, marked, image, container.Files.AppName, rkt.Stage1Arguments),
                container.Mark,
                RktCommands.ImageDeadline,
                cancellationToken
            );
            if (prepared.HasSucceeded)
            {
                return RktPod.ParseName(prepared.Output);
            }

            if (isRetried || !await images.ForgetIfGoneAsync(spec.Image, image, cancellationToken))
            {
                throw RktCommands.Refused("prepare", prepared);
            }

            isRetried = true;
        }
    }
}
