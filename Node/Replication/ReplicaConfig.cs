using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>The parameters of CONFIG that say how a node follows another, by both of Redis's names.</summary>
internal static unsafe class ReplicaConfig
{
    private const int MostPort = 65535;

    /// <summary>Makes them.</summary>
    public static ConfigEntry[] Make(Settings settings)
    {
        ReplicaSettings replica = settings.Replica;
        return
        [
            .. Prefixed("replica", settings),
            .. Prefixed("slave", settings),
            Text("masterauth", () => replica.MasterPassword, value => replica.MasterPassword = value),
            Text("masteruser", () => replica.MasterUser, value => replica.MasterUser = value),
            new("replicaof", text => ShowMaster(settings, text)) { IsFixed = true },
            new("slaveof", text => ShowMaster(settings, text)) { IsFixed = true },
        ];
    }

    private delegate byte[]? ReadingText();

    private delegate void WritingText(byte[]? value);

    private static ConfigEntry[] Prefixed(string name, Settings settings)
    {
        ReplicaSettings replica = settings.Replica;
        return
        [
            ConfigEntry.YesOrNo(name + "-read-only", () => replica.IsReadOnly ? 1 : 0, value => SetReadOnly(settings, value != 0)),
            ConfigEntry.YesOrNo(
                name + "-serve-stale-data", () => replica.ServesStaleData ? 1 : 0, value => replica.ServesStaleData = value != 0),
            ConfigEntry.Number(name + "-priority", 0, int.MaxValue, () => replica.Priority, value => replica.Priority = value),
            ConfigEntry.Number(name + "-announce-port", 0, MostPort, () => replica.AnnouncedPort, value => replica.AnnouncedPort = value),
            Text(name + "-announce-ip", () => replica.AnnouncedHost, value => replica.AnnouncedHost = value),
        ];
    }

    private static void SetReadOnly(Settings settings, bool isReadOnly)
    {
        settings.Node!.Replication.Writes.NoteAllowed();
        settings.Replica.IsReadOnly = isReadOnly;
    }

    // Empty stands for none.
    private static ConfigEntry Text(string name, ReadingText get, WritingText set) => new(
        name,
        text => text.Add(get()),
        (Argument* value, out ConfigValue read) =>
        {
            read = new ConfigValue { Object = value->Length == 0 ? null : value->Span.ToArray() };
            return null;
        },
        value => set((byte[]?)value.Object));

    private static void ShowMaster(Settings settings, ReplyText text)
    {
        if (settings.Node!.Replication.Master is { } master)
        {
            _ = text.Add(master.Host).Add(" "u8).Add(master.Port);
        }
    }
}
