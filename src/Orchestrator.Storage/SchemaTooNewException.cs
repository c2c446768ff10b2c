namespace Orchestrator.Storage;

/// <summary>The database was migrated by a newer version than this one; writing it could destroy what that one needs.</summary>
public sealed class SchemaTooNewException(string message) : Exception(message);
