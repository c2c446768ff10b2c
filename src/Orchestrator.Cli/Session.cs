using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;

namespace Orchestrator.Cli;

/// <summary>What a command that talks to the control plane works with.</summary>
internal sealed record Session(ApiClient Api, Output Output, Surroundings Surroundings);
