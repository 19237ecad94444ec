using System.Collections.Generic;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Epollsrv.Store;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Writes down what a store tells of its changes through one access, a line an effect.</summary>
internal sealed unsafe class EffectRecorder
{
    internal EffectRecorder(StoreFixture fixture)
    {
        fixture.Access.Owner = this;
        fixture.Store.Observers->Notifications = &Note;
        fixture.Store.Observers->Journal = &Journal;
        fixture.Store.Observers->GroupEnded = &EndGroup;
        fixture.Store.Observe(ObserverKinds.Notifications | ObserverKinds.Journal, true);
    }

    /// <summary>The lines so far.</summary>
    internal List<string> Lines { get; } = [];

    /// <summary>How many effects the log was told of; the others were told only to notifications.</summary>
    internal int Journalled { get; private set; }

    internal string[] Take()
    {
        string[] lines = [.. Lines];
        Lines.Clear();
        return lines;
    }

    private static void Note(object? owner, Effect* effect)
    {
        StringBuilder line = new();
        _ = line.Append(effect->IsGrouped ? "+ " : string.Empty).Append(effect->Kind).Append(' ');
        _ = line.Append(Encoding.UTF8.GetString(effect->Key, effect->KeyLength));
        if (effect->Entry != null)
        {
            _ = line.Append('=').Append(Encoding.UTF8.GetString(effect->Entry->Value));
            _ = effect->Entry->HasExpiry ? line.Append('@').Append(effect->Entry->Expiry.ToString(CultureInfo.InvariantCulture)) : line;
        }

        _ = effect->Cause == EffectCause.Asked ? line : line.Append(' ').Append(effect->Cause);
        _ = effect->IsNew ? line.Append(" new") : line;
        _ = effect->Note.First == ChangeName.None ? line : line.Append(' ').Append(effect->Note.First);
        _ = effect->Note.Second == ChangeName.None ? line : line.Append(' ').Append(effect->Note.Second);
        Unsafe.As<EffectRecorder>(owner!).Lines.Add(line.ToString());
    }

    private static void Journal(StoreAccess access, Effect* effect) => Unsafe.As<EffectRecorder>(access.Owner!).Journalled++;

    private static void EndGroup(StoreAccess access) => Unsafe.As<EffectRecorder>(access.Owner!).Lines.Add("end");
}
