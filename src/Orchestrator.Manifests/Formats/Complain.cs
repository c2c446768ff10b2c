namespace Orchestrator.Manifests.Formats;

/// <summary>Takes a complaint about a text that is being read.</summary>
internal delegate void Complain(Complaint complaint);

/// <summary>Reads a text; null means that it has complained.</summary>
internal delegate T? ReadReference<out T>(string text, Complain complain)
    where T : class;

/// <summary>Reads a text; null means that it has complained.</summary>
internal delegate T? ReadValue<T>(string text, Complain complain)
    where T : struct;
