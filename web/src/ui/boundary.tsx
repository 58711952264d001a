/** A page that fails is said and can be tried again; header, STOP and all other pages stay. */

import { Component, type ReactNode } from "react";

export class Boundary extends Component<{ children: ReactNode; shown: (problem: string, again: () => void) => ReactNode }, { problem: string | null }> {
  override state = { problem: null as string | null };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    return problem === null ? this.props.children : this.props.shown(problem, () => this.setState({ problem: null }));
  }
}
