import { Component, type ReactNode } from 'react';

type Props = { fallback(again: () => void): ReactNode; children: ReactNode };

/** What is inside may break; what is around it stays. */
export class Boundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return this.props.fallback(() => this.setState({ broken: false }));
  }
}
