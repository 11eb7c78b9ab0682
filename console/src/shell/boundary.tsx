import { Component, type ReactNode } from 'react';
import { Failure } from '../ui/failure.tsx';
import { Page } from '../ui/page.tsx';

/** A page that breaks says so, and leaves the rest of the console as it is. */
export class PageBoundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Page title="This page failed">
        <Failure error={this.state.error} retry={() => this.setState({ error: undefined })} />
      </Page>
    );
  }
}
