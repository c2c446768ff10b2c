using MassTransit;

namespace Orchestrator.Messaging;

/// <summary>Collects the handlers of one queue, one per message type.</summary>
public sealed class Receiver
{
    private readonly List<Action<IReceiveEndpointConfigurator>> _registrations = [];

    private readonly Action _taken;

    internal Receiver(Action taken) => _taken = taken;

    public Receiver Handle<T>(Func<T, CancellationToken, Task> handler)
        where T : class
    {
        _registrations.Add(endpoint =>
            endpoint.Handler<T>(context =>
            {
                if (context.GetRetryAttempt() == 0)
                {
                    _taken();
                }

                return handler(context.Message, context.CancellationToken);
            })
        );
        return this;
    }

    internal void Apply(IReceiveEndpointConfigurator endpoint)
    {
        foreach (var register in _registrations)
        {
            register(endpoint);
        }
    }
}
