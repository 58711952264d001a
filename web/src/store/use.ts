/** React's side of the store: a component draws again when, and only when, its section moved. */

import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import type { ListName, Lists, Section, Store, TableName, Tables } from "./store";

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("no store above this component");
  return store;
}

export function useVersion(section: Section, store = useStore()): number {
  const subscribe = useCallback((heard: () => void) => store.watch(section, heard), [store, section]);
  return useSyncExternalStore(subscribe, () => store.version(section));
}

export function useTable<Name extends TableName>(name: Name, store = useStore()): ReadonlyMap<string, Tables[Name]> {
  useVersion(name, store);
  return store.table(name);
}

export function useList<Name extends ListName>(name: Name): readonly Lists[Name][] {
  useVersion(name);
  return useStore().list(name);
}

export function useRun() {
  useVersion("run");
  return useStore().run;
}
